// A period as Grafana writes it: 'now-30d/d', 'now', milliseconds, or a day.

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * The instant that a text means, ms; null where it means none. '/d' is the start of the day (of its end, `end`).
 * Days are the viewer's own unless `utc`.
 */
export function resolveTime(text: string, now: number, end: boolean, utc = false): number | null {
  if (/^\d{10,14}$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
    return startOf(
      'd',
      utc ? Date.UTC(year, month - 1, day) : new Date(year, month - 1, day).getTime(),
      end,
      utc,
    );
  }
  const match = /^now(?:([+-])(\d+)([smhdwMy]))?(?:\/([hdwMy]))?$/.exec(text);
  if (match === null) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : at;
  }
  const [, sign, amount = '0', unit = 'd', round] = match;
  const n = Number(amount) * (sign === '-' ? -1 : 1);
  let at = now;
  if (unit === 'M' || unit === 'y') {
    const date = new Date(now);
    if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + n);
    else date.setUTCFullYear(date.getUTCFullYear() + n);
    at = date.getTime();
  } else at += n * UNITS[unit as keyof typeof UNITS];
  return round === undefined ? at : startOf(round, at, end, utc);
}

function startOf(unit: string, at: number, end: boolean, utc: boolean): number {
  const shift = utc ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  const date = new Date(at - shift);
  if (unit === 'h') date.setUTCMinutes(0, 0, 0);
  else date.setUTCHours(0, 0, 0, 0);
  if (unit === 'w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (unit === 'M') date.setUTCDate(1);
  if (unit === 'y') date.setUTCMonth(0, 1);
  if (end) {
    if (unit === 'h') date.setUTCHours(date.getUTCHours() + 1);
    if (unit === 'd') date.setUTCDate(date.getUTCDate() + 1);
    if (unit === 'w') date.setUTCDate(date.getUTCDate() + 7);
    if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + 1);
    if (unit === 'y') date.setUTCFullYear(date.getUTCFullYear() + 1);
  }
  return date.getTime() + shift - (end ? 1 : 0);
}

export const PRESETS = [
  { label: 'Last 30 minutes', from: 'now-30m', to: 'now' },
  { label: 'Last 24 hours', from: 'now-24h', to: 'now' },
  { label: 'Today', from: 'now/d', to: 'now' },
  { label: 'Last 7 days', from: 'now-7d', to: 'now' },
  { label: 'Last 30 days', from: 'now-30d', to: 'now' },
  { label: 'Last 90 days', from: 'now-90d', to: 'now' },
  { label: 'Last 12 months', from: 'now-12M', to: 'now' },
] as const;

/** The day of an instant, as 2026-11-21. */
export function dayOf(at: number, utc = false): string {
  const shift = utc ? 0 : new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - shift).toISOString().slice(0, 10);
}
