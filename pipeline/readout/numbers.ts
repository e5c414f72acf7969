import type { Plan, PlannedMetric } from './model.ts';

/** A narrow space that does not break, so that a number keeps its unit. */
const THIN = '\u202f';
const FORMATS = new Map<string, Intl.NumberFormat>();

/** Grouped by thousands, with a true minus. */
export function decimal(value: number, digits: number, signed = false): string {
  const key = `${digits}${signed}`;
  let format = FORMATS.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: signed ? 'exceptZero' : 'negative',
    });
    FORMATS.set(key, format);
  }
  return format.format(value).replace('-', '−');
}

export const count = (value: number): string => decimal(value, 0);

/** So many decimals that three digits are seen. */
function digitsOf(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return 0;
  return Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(size))));
}

/** A share, 0.0823 → 8.23 %. */
export function percent(share: number, signed = false): string {
  const tiny = share !== 0 && Math.abs(share) < 0.5e-6;
  return tiny
    ? `<0.0001${THIN}%`
    : `${decimal(100 * share, Math.min(4, digitsOf(100 * share)), signed)}${THIN}%`;
}

/** A setting: as many digits as it has, 0.95 → 95 %. */
export function share(value: number): string {
  return `${Number((100 * value).toPrecision(6))}${THIN}%`;
}

/** A change of so much of what there was, 0.284 → +28.4 %. */
export function lift(share: number): string {
  const size = Math.abs(100 * share);
  return `${decimal(100 * share, size >= 1000 ? 0 : size === 0 || size >= 0.95 ? 1 : 2, true)}${THIN}%`;
}

export function pValue(p: number): string {
  if (p < 0.0001) return '<0.0001';
  return decimal(p, p < 0.01 ? 4 : 3);
}

/** A probability that is never said to be sure. */
export function chance(p: number): string {
  if (p > 0.999) return `>99.9\u202f%`;
  return p < 0.001 ? `<0.1\u202f%` : `${(100 * p).toFixed(1)}\u202f%`;
}

/** What a metric's values are counted in. */
export type Unit = 'share' | 'money' | 'number';

export function unitOf(metric: PlannedMetric): Unit {
  if (metric.kind === 'proportion' || (metric.kind === 'mean' && metric.value === 'any')) return 'share';
  return metric.value === 'revenue' ? 'money' : 'number';
}

/** A value of a metric; money in major units. */
export function amount(value: number, metric: PlannedMetric, plan: Pick<Plan, 'currency'>): string {
  const unit = unitOf(metric);
  if (unit === 'share') return percent(value);
  if (unit === 'money') return `${decimal(value, moneyDigits(value))}${THIN}${plan.currency}`;
  return decimal(value, digitsOf(value));
}

/** A difference of two values of a metric: of shares in points of a hundred. */
export function difference(value: number, metric: PlannedMetric, plan: Pick<Plan, 'currency'>): string {
  const unit = unitOf(metric);
  if (unit === 'share')
    return `${decimal(100 * value, Math.abs(value) >= 0.00095 ? 2 : Math.min(4, digitsOf(100 * value)), true)}${THIN}pts`;
  if (unit === 'money') return `${decimal(value, moneyDigits(value), true)}${THIN}${plan.currency}`;
  return decimal(value, digitsOf(value), true);
}

function moneyDigits(value: number): number {
  return Math.abs(value) >= 1000 ? 0 : Math.abs(value) < 0.095 && value !== 0 ? 4 : 2;
}

/** 2 + one of what it is: '1 day', '2 days'. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** '2026-11-14 …' → 14 Nov 2026. */
export function day(text: string): string {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  return year === undefined ? text : `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** '2026-11-14 18:30:00' → 14 Nov 2026, 18:30 UTC. */
export function minute(text: string): string {
  return `${day(text)}, ${text.slice(11, 16)} UTC`;
}
