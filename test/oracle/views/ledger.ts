import type { Ev } from './people.ts';

/** A transaction by the definitions alone: the first purchase, less what its refunds gave back. Minor units. */
export interface Entry {
  transaction: string;
  at: number;
  currency: string;
  gross: number;
  refunded: number;
  net: number;
  tax: number;
  shipping: number;
  discount: number;
  visitor: string;
  items: NonNullable<Ev['items']>;
}

const byTime = (a: Ev, b: Ev): number =>
  a.event_time - b.event_time || (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0);

const transactionOf = (event: Ev): string => event.transaction_id || event.event_id;

/** A refund is an event of that name, or a purchase below 0. */
const isRefund = (event: Ev): boolean =>
  event.event_name === 'refund' || (event.event_name === 'purchase' && (event.value ?? 0) < 0);

/** The ledger of one site's transactions, and the refunds of no known purchase in their currency. */
export function ledgerOf(events: readonly Ev[]): { entries: Map<string, Entry>; unmatched: Ev[] } {
  const entries = new Map<string, Entry>();
  const sorted = [...events].sort(byTime);
  for (const event of sorted) {
    if (event.event_name !== 'purchase' || isRefund(event)) continue;
    const transaction = transactionOf(event);
    if (entries.has(transaction)) continue;
    const gross = event.value ?? 0;
    entries.set(transaction, {
      transaction,
      at: event.event_time,
      currency: event.currency ?? '',
      gross,
      refunded: 0,
      net: gross,
      tax: event.tax ?? 0,
      shipping: event.shipping ?? 0,
      discount: event.discount ?? 0,
      visitor: event.visitor_id,
      items: event.items ?? [],
    });
  }
  const unmatched: Ev[] = [];
  for (const event of sorted.filter(isRefund)) {
    const entry = entries.get(transactionOf(event));
    if (entry === undefined || entry.currency !== (event.currency ?? '')) {
      unmatched.push(event);
      continue;
    }
    entry.refunded += Math.abs(event.value ?? 0);
    entry.net = entry.gross - entry.refunded;
  }
  return { entries, unmatched };
}

/** A rate between major units, from a day on. */
export interface Rate {
  day: string;
  from: string;
  rate: number;
}

const DIGITS: Record<string, number> = { JPY: 0, KWD: 3 };
const digitsOf = (currency: string): number => DIGITS[currency] ?? 2;

/** The day of a zone's calendar on which a time falls, YYYY-MM-DD. */
export function localDay(zone: string, time: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(time);
}

/**
 * An order's net value in minor units of the site's currency: by the last rate on or before the order's day that is at most
 * 7 days old, rounded half to even; an order of nothing is nothing in every currency; null without a rate.
 */
export function reported(
  { gross, net, currency }: Pick<Entry, 'gross' | 'net' | 'currency'>,
  day: string,
  site: string,
  rates: readonly Rate[],
): number | null {
  if ((gross === 0 && net === 0) || currency === site) return net;
  const oldest = new Date(Date.parse(day) - 7 * 86_400_000).toISOString().slice(0, 10);
  const rate = rates
    .filter(r => r.from === currency && r.day <= day && r.day >= oldest)
    .sort((a, b) => (a.day < b.day ? 1 : -1))[0]?.rate;
  if (rate === undefined) return null;
  return halfToEven(net * rate * 10 ** (digitsOf(site) - digitsOf(currency)));
}

function halfToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** A Decimal's text in minor units, exactly. */
export function minorUnits(text: string, currency: string): bigint {
  const [whole = '0', part = ''] = text.split('.');
  const digits = digitsOf(currency);
  if (part.length > digits) throw new Error(`${text} has more places than ${currency}`);
  const sign = whole.startsWith('-') ? -1n : 1n;
  return sign * BigInt(whole.replace('-', '') + part.padEnd(digits, '0'));
}
