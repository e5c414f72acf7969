// Numbers, times and units as Grafana names them.

const NUMBERS = new Map<string, Intl.NumberFormat>();

function number(value: number, decimals: number | undefined, compact = false): string {
  const auto = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 3;
  const digits = decimals ?? auto;
  const key = `${digits}/${decimals === undefined}/${compact}`;
  let format = NUMBERS.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat('en', {
      maximumFractionDigits: digits,
      minimumFractionDigits: decimals === undefined ? 0 : digits,
      ...(compact
        ? { notation: 'compact', maximumFractionDigits: decimals ?? 1, minimumFractionDigits: 0 }
        : {}),
    });
    NUMBERS.set(key, format);
  }
  return format.format(value).replace('-', '−');
}

const CURRENCIES: Record<string, string> = {
  currencyEUR: 'EUR',
  currencyUSD: 'USD',
  currencyGBP: 'GBP',
  currencyJPY: 'JPY',
  currencyCHF: 'CHF',
};

/** A value with its unit. `short`: where there is little room, as on an axis. */
export function formatValue(value: unknown, unit = '', decimals?: number, short = false): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(item => formatValue(item, unit, decimals, short)).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value !== 'number') return String(value);
  const compact = short ? Math.abs(value) >= 10_000 : false;
  const plain = (n: number, digits = decimals): string => number(n, digits, compact);
  if (unit in CURRENCIES || unit.startsWith('currency:')) {
    const name = CURRENCIES[unit] ?? unit.slice('currency:'.length);
    const money =
      short || Math.abs(value) >= 100_000
        ? number(value, decimals, Math.abs(value) >= 10_000)
        : number(value, decimals ?? (Math.abs(value) < 1000 ? 2 : 0));
    return /^[A-Z]{3}$/.test(name) ? `${money}\u202f${SIGNS[name] ?? name}` : `${name}${money}`;
  }
  switch (unit) {
    case 'percentunit':
      return `${number(value * 100, decimals ?? (short || Math.abs(value) >= 0.1 ? (short ? undefined : 1) : 2))}\u202f%`;
    case 'percent':
      return `${number(value, decimals ?? 1)}\u202f%`;
    case 's':
    case 'dtdurations':
    case 'clocks':
      return duration(value * 1000);
    case 'ms':
    case 'dtdurationms':
      return duration(value);
    case 'm':
      return duration(value * 60_000);
    case 'h':
      return duration(value * 3_600_000);
    case 'd':
      return `${plain(value)} d`;
    case 'bytes':
    case 'decbytes': {
      const step = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
      return `${number(value / 1000 ** step, step === 0 ? 0 : 1)} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`;
    }
    case '':
    case 'none':
    case 'locale':
    case 'short':
      return number(value, decimals, compact || (unit === 'short' && Math.abs(value) >= 1_000_000));
    case 'ops':
    case 'reqps':
    case 'eps':
      return `${plain(value)}/s`;
    default:
      if (unit.startsWith('suffix:')) return plain(value) + unit.slice(7);
      if (unit.startsWith('prefix:')) return unit.slice(7) + plain(value);
      return `${plain(value)} ${unit}`;
  }
}

const SIGNS: Record<string, string> = { EUR: '€', USD: '$', GBP: '£', JPY: '¥' };

function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return '0 s';
  if (size < 1000) return `${number(ms, size < 10 ? undefined : 0)} ms`;
  if (size < 120_000) return `${number(ms / 1000, size < 10_000 ? 1 : 0)} s`;
  if (size < 7_200_000) return `${number(ms / 60_000, size < 600_000 ? 1 : 0)} min`;
  if (size < 172_800_000) return `${number(ms / 3_600_000, 1)} h`;
  return `${number(ms / 86_400_000, 1)} d`;
}

/** The change from one number to another, or null where there is none to speak of. */
export function change(now: number, before: number): { text: string; up: boolean | null } | null {
  if (before === 0 || !Number.isFinite(now) || !Number.isFinite(before)) return null;
  const share = (now - before) / Math.abs(before);
  const rounded = Math.round(share * 1000) / 10;
  return {
    text: `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${Math.abs(rounded) >= 1000 ? '>999' : Math.abs(rounded)}\u202f%`,
    up: rounded === 0 ? null : rounded > 0,
  };
}

/** A column's name as words: conversion_from_start → Conversion from start. */
export function words(name: string): string {
  const text = name.replaceAll('_', ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A time as the axis or a table shows it; `text` is ClickHouse's. */
export function shortTime(text: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?/.exec(text);
  if (match === null) return text;
  const [, , month = '', day = '', hour, minute] = match;
  const date = `${Number(day)} ${MONTHS[Number(month) - 1]}`;
  return hour === undefined || (hour === '00' && minute === '00') ? date : `${date} ${hour}:${minute}`;
}

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
