import type { ExperimentFacts } from './parameters/experiments.ts';
import { SHOP } from './shop.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** A span of time, ms UTC; the end is out. */
export interface Span {
  from: number;
  until: number;
}

export interface ScheduledExperiment extends ExperimentFacts {
  /** Number among the experiments. */
  index: number;
  since: number;
  /** Infinity: still running. */
  ends: number;
}

/** What happens when: pure in the period, so that a live shop goes on where its history ended. */
export interface Calendar {
  /** Midnight UTC of the first day, ms. */
  start: number;
  days: number;
  /** The first ms after the period. */
  end: number;
  sale: Span;
  paymentBroken: Span;
  trackingLost: Span;
  /** When the welcome series is tried, and when the winback messages go out. */
  welcome: number;
  winback: number;
  /** The site's `dormant_days`. */
  dormantDays: number;
  experiments: readonly ScheduledExperiment[];
  /** The discount of a sale that runs then, or 0. */
  saleAt(time: number): number;
  /** How many new people a day of the shop's life has, beside others. */
  weightOf(day: number): number;
  /** What the season multiplies a first order's chance by. */
  seasonAt(time: number): number;
}

function inside(span: Span, time: number): boolean {
  return time >= span.from && time < span.until;
}

/** The day of the week of a time, UTC: 0 for Sunday. 1970 began on a Thursday. */
export function weekdayOf(time: number): number {
  return (Math.floor(time / DAY_MS) + 4) % 7;
}

/** Midnight UTC of Black Friday: the day after November's fourth Thursday. */
function blackFridayOf(year: number): number {
  const weekday = weekdayOf(Date.UTC(year, 10, 1));
  return Date.UTC(year, 10, 1 + ((4 - weekday + 7) % 7) + 21 + 1);
}

export function createCalendar({
  start,
  days,
  experiments,
}: {
  start: number;
  days: number;
  /** Those of the shop, or none. */
  experiments: boolean;
}): Calendar {
  const { calendar, rhythm, conversion, quiet } = SHOP;
  const dayAt = (share: number) => start + Math.floor(share * days) * DAY_MS;
  const hours = ({ at, fromHour, hours }: { at: number; fromHour: number; hours: number }): Span => {
    const from = dayAt(at) + fromHour * HOUR_MS;
    return { from, until: from + hours * HOUR_MS };
  };
  const saleFrom = dayAt(calendar.sale.at);
  const sale: Span = { from: saleFrom, until: saleFrom + calendar.sale.days * DAY_MS };

  const saleAt = (time: number): number => {
    if (inside(sale, time)) return calendar.sale.discount;
    const date = new Date(time);
    if (date.getUTCMonth() < 10) return 0;
    const friday = blackFridayOf(date.getUTCFullYear());
    const until = friday + calendar.blackFriday.days * DAY_MS;
    return time >= friday && time < until ? calendar.blackFriday.discount : 0;
  };

  return {
    start,
    days,
    end: start + days * DAY_MS,
    sale,
    paymentBroken: hours(calendar.paymentBroken),
    trackingLost: hours(calendar.trackingLost),
    welcome: dayAt(calendar.welcome.at) + 9 * HOUR_MS,
    winback: dayAt(calendar.winback.at) + 9 * HOUR_MS,
    dormantDays: Math.min(
      quiet.dormantDays[1],
      Math.max(quiet.dormantDays[0], Math.round(days * quiet.dormantShare)),
    ),
    experiments: (experiments ? SHOP.experiments : []).map((experiment, index) => ({
      ...experiment,
      index,
      since: dayAt(experiment.from),
      ends: experiment.until === null ? Number.POSITIVE_INFINITY : dayAt(experiment.until),
    })),
    saleAt,
    weightOf(day) {
      const time = start + day * DAY_MS;
      const date = new Date(time);
      const weekday = rhythm.weekdays[weekdayOf(time)] ?? 1;
      // Months run into each other: half way between the middles of two months their weights are mixed half and half.
      const month = date.getUTCMonth() + (date.getUTCDate() - 15) / 30;
      const before = Math.floor(month);
      const part = month - before;
      const weight = (of: number) => rhythm.months[(of + 12) % 12] ?? 1;
      const season = weight(before) * (1 - part) + weight(before + 1) * part;
      const growth = 1 + (rhythm.growthAYear * day) / 365;
      return weekday * season * growth * (saleAt(time) > 0 ? rhythm.saleDay : 1);
    },
    seasonAt: time => (new Date(time).getUTCMonth() >= 10 ? conversion.season : 1),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();
/** What was asked last: mostly it is asked again. */
const asked = { zone: '', day: 0, offset: 0 };

/** What a zone's clocks show beyond UTC at noon of a UTC day, ms. Remembered, since asking is slow. */
export function zoneOffset(zone: string, time: number): number {
  const day = Math.floor(time / DAY_MS);
  if (zone === asked.zone && day === asked.day) return asked.offset;
  let known = offsets.get(zone);
  if (known === undefined) {
    known = new Map();
    offsets.set(zone, known);
  }
  let offset = known.get(day);
  if (offset === undefined) {
    if (known.size > 4000) known.clear();
    learnOffsets(known, zone, day);
    offset = known.get(day) ?? 0;
  }
  asked.zone = zone;
  asked.day = day;
  asked.offset = offset;
  return offset;
}

/** Days learned at once: no zone of ours changes its clocks twice in so few, so that where both ends agree all between do. */
const DAYS_LEARNED = 32;

function learnOffsets(known: Map<number, number>, zone: string, day: number): void {
  const first = Math.floor(day / DAYS_LEARNED) * DAYS_LEARNED;
  const last = first + DAYS_LEARNED - 1;
  const offset = askOffset(zone, first);
  const same = askOffset(zone, last) === offset;
  for (let of = first; of <= last; of++) known.set(of, same ? offset : askOffset(zone, of));
}

function askOffset(zone: string, day: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
  }
  const name = format.formatToParts(day * DAY_MS + 12 * HOUR_MS).find(part => part.type === 'timeZoneName');
  const found = /GMT([+-])(\d\d):(\d\d)/.exec(name?.value ?? '');
  const sign = found?.[1] === '-' ? -1 : 1;
  return found === null ? 0 : sign * (Number(found[2]) * HOUR_MS + Number(found[3]) * 60_000);
}

/** The day of a zone's calendar, counted from 1970-01-01. */
export function localDay(zone: string, time: number): number {
  return Math.floor((time + zoneOffset(zone, time)) / DAY_MS);
}

export function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** New people by day: the persons of day d have the numbers first(d) to first(d + 1) − 1. */
export interface Births {
  first(day: number): number;
  /** The day on which a person first comes. */
  dayOf(person: number): number;
}

/** `visitors` in all over the period; after it they go on coming at the same pace. */
export function createBirths(calendar: Calendar, visitors: number): Births {
  let total = 0;
  for (let day = 0; day < calendar.days; day++) total += calendar.weightOf(day);
  const sums = [0];
  const first = (day: number): number => {
    while (sums.length <= day) {
      sums.push((sums.at(-1) ?? 0) + calendar.weightOf(sums.length - 1));
    }
    // A hair's breadth more, so that rounding does not lose the period's last one.
    return Math.floor(((sums[day] ?? 0) / total) * visitors + 1e-6);
  };
  return {
    first,
    dayOf(person) {
      let high = 1;
      while (first(high) <= person) high *= 2;
      let low = 0;
      while (low < high - 1) {
        const middle = (low + high) >> 1;
        if (first(middle) <= person) low = middle;
        else high = middle;
      }
      return low;
    },
  };
}
