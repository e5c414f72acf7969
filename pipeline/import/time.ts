import { UsageError } from '../usageError.ts';

export interface TimeFormat {
  /** iso, seconds, milliseconds, microseconds, or a pattern of YYYY MM DD HH mm ss SSS and what stands between them. */
  format: string;
  /** IANA; of times that name no offset themselves. */
  zone: string;
}

const UNITS: Readonly<Record<string, number>> = { seconds: 1000, milliseconds: 1, microseconds: 0.001 };
const PARTS = ['YYYY', 'MM', 'DD', 'HH', 'mm', 'ss', 'SSS'] as const;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/;

/** A text as ms since 1970 UTC; undefined: it is no such time. Errors: UsageError for a format or zone that is none. */
export function parseTime(text: string, { format, zone }: TimeFormat): number | undefined {
  const offset = offsetOf(zone);
  const unit = UNITS[format];
  if (unit !== undefined) {
    if (!/^\d{1,16}(\.\d{1,9})?$/.test(text)) return undefined;
    return Math.floor(Number(text) * unit + 1e-6);
  }
  if (format === 'iso') {
    const found = ISO.exec(text);
    if (found === null) return undefined;
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', own] = found;
    const ms = fraction.padEnd(3, '0').slice(0, 3);
    const local = utc([year, month, day, hour, minute, second, ms]);
    if (local === undefined || own === undefined)
      return local === undefined ? undefined : fromLocal(local, offset);
    if (own === 'Z' || own === 'UTC') return local;
    const minutes = Number(own.slice(1, 3)) * 60 + Number(own.slice(-2));
    return local - (own.startsWith('-') ? -minutes : minutes) * 60_000;
  }
  const { expression, order } = patternOf(format);
  const found = expression.exec(text);
  if (found === null) return undefined;
  const parts = PARTS.map(part =>
    order.includes(part) ? found[order.indexOf(part) + 1] : part === 'MM' || part === 'DD' ? '1' : '0',
  );
  const local = utc(parts);
  return local === undefined ? undefined : fromLocal(local, offset);
}

/** The parts as if they were UTC; undefined for a day or an hour that there is not. */
function utc(parts: readonly (string | undefined)[]): number | undefined {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = parts.map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const back = new Date(time);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? time : undefined;
}

/** Of an hour that comes twice, the first; one that is left out counts from before it. */
function fromLocal(local: number, offset: (time: number) => number): number {
  const before = local - offset(local - 86_400_000);
  const after = local - offset(local + 86_400_000);
  if (before + offset(before) === local) return before;
  if (after + offset(after) === local) return after;
  return before;
}

const patterns = new Map<string, { expression: RegExp; order: string[] }>();

function patternOf(format: string): { expression: RegExp; order: string[] } {
  const known = patterns.get(format);
  if (known !== undefined) return known;
  const order: string[] = [];
  const source = format.replace(/YYYY|MM|DD|HH|mm|ss|SSS|[^A-Za-z]|[A-Za-z]/g, part => {
    if ((PARTS as readonly string[]).includes(part)) {
      order.push(part);
      // Without leading zeros, as people write days and hours.
      return part === 'YYYY' ? '(\\d{4})' : part === 'SSS' ? '(\\d{3})' : '(\\d{1,2})';
    }
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  if (!order.includes('YYYY') || new Set(order).size < order.length) {
    throw new UsageError(
      `time.format ${format}: iso, seconds, milliseconds, microseconds, or a pattern like DD.MM.YYYY HH:mm:ss`,
    );
  }
  const made = { expression: new RegExp(`^${source}$`), order };
  patterns.set(format, made);
  return made;
}

const zones = new Map<string, (time: number) => number>();

/** What a zone's clocks show beyond UTC, ms. */
function offsetOf(zone: string): (time: number) => number {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw new UsageError(`time.zone ${zone}: no time zone; one like Europe/Berlin is expected`, { cause });
  }
  const hours = new Map<number, number>();
  const offset = (time: number): number => {
    if (zone === 'UTC') return 0;
    // Asking is slow; a zone changes at whole quarters of an hour.
    const quarter = Math.floor(time / 900_000);
    const before = hours.get(quarter);
    if (before !== undefined) return before;
    const name =
      format.formatToParts(quarter * 900_000).find(part => part.type === 'timeZoneName')?.value ?? '';
    const found = /GMT([+-])(\d\d):(\d\d)/.exec(name);
    const ms = found === null ? 0 : (Number(found[2]) * 60 + Number(found[3])) * 60_000;
    if (hours.size > 100_000) hours.clear();
    hours.set(quarter, found?.[1] === '-' ? -ms : ms);
    return hours.get(quarter) ?? 0;
  };
  zones.set(zone, offset);
  return offset;
}
