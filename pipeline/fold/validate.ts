import type { Event, Item } from '../contract/event.ts';
import type { Rejection, RejectReason } from '../contract/outcome.ts';

/** What an event may be at most; the unit is in the name. Strings are measured in UTF-8 bytes. */
export interface Limits {
  readonly maxEventAgeMs: number;
  readonly futureMaxMs: number;
  /** Foreground time that one event may add. */
  readonly engagementMaxMs: number;
  readonly eventIdBytesMax: number;
  readonly visitorIdBytesMax: number;
  readonly siteBytesMax: number;
  /** Each of page_location and page_referrer. */
  readonly urlBytesMax: number;
  /** Any other string, of the event or of an item. */
  readonly stringBytesMax: number;
  /** The key of a param or metric. */
  readonly keyBytesMax: number;
  readonly paramValueBytesMax: number;
  readonly itemsMax: number;
  readonly paramsMax: number;
  readonly metricsMax: number;
  /** Any amount, price × quantity of a line, and points; either sign. 900 events at the limit still add up exactly. */
  readonly amountMaxMinorUnits: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const LIMITS: Limits = {
  maxEventAgeMs: 730 * DAY_MS,
  futureMaxMs: HOUR_MS,
  engagementMaxMs: 31 * DAY_MS,
  eventIdBytesMax: 64,
  visitorIdBytesMax: 128,
  siteBytesMax: 64,
  urlBytesMax: 8192,
  stringBytesMax: 1024,
  keyBytesMax: 128,
  paramValueBytesMax: 4096,
  itemsMax: 500,
  paramsMax: 64,
  metricsMax: 64,
  amountMaxMinorUnits: 1e13,
};

/** 2100-01-01T00:00:00Z: the last time that is taken. */
export const TIME_MAX_MS = 4_102_444_800_000;

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const CURRENCY = /^[A-Z]{3}$/;

/**
 * Why an event is rejected, or null: step 4 of a record's outcomes, asked in the order of REJECT_REASONS.
 * By the event as sent and its own arrival alone, so that the order of arrival does not matter.
 * `arrival` is the broker's time, in files received_time, ms; where it is null only `future` is asked, against `firstSeen`,
 * when the file was first seen.
 */
export function rejectionOf(
  event: Event,
  arrival: number | null,
  firstSeen: number,
  limits: Limits = LIMITS,
): Rejection | null {
  return (
    badId(event, limits) ??
    badName(event) ??
    badTime(event, arrival, limits) ??
    future(event, arrival ?? firstSeen, limits) ??
    badMoney(event, limits) ??
    tooLarge(event, limits)
  );
}

function rejected(reason: RejectReason, detail: string): Rejection {
  return { reason, detail };
}

/** The start of a value, quoted, for a detail that people read. */
function shown(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

/** Longer than `max` UTF-8 bytes? A UTF-16 unit takes 1 to 3 bytes, so most strings need no count. */
function over(text: string, max: number): boolean {
  return text.length * 3 > max && (text.length > max || Buffer.byteLength(text) > max);
}

function badId(event: Event, limits: Limits): Rejection | null {
  return (
    badIdentifier('event_id', event.event_id, limits.eventIdBytesMax) ??
    badIdentifier('visitor_id', event.visitor_id, limits.visitorIdBytesMax) ??
    badIdentifier('site', event.site, limits.siteBytesMax)
  );
}

/**
 * Any printable text names something; control characters would break the logs, exports and tools that it travels through.
 * A site may not begin or end with white space: it is typed by people, and would be another shop that looks the same.
 */
function badIdentifier(field: string, id: string, max: number): Rejection | null {
  if (id === '' || over(id, max)) {
    return rejected('bad_id', `${field} has ${Buffer.byteLength(id)} bytes, it may have 1 to ${max}`);
  }
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return rejected('bad_id', `${field} has the control character ${code}`);
  }
  if (field === 'site' && id.trim() !== id)
    return rejected('bad_id', `site ${shown(id)} has white space at its ends`);
  return null;
}

function badName(event: Event): Rejection | null {
  if (NAME.test(event.event_name)) return null;
  return rejected('bad_name', `event_name ${shown(event.event_name)} is not like ${NAME.source}`);
}

function badTime(event: Event, arrival: number | null, limits: Limits): Rejection | null {
  const { event_time, received_time, engagement_time_ms } = event;
  if (!isTime(event_time))
    return rejected('bad_time', `event_time ${event_time} ms is not within 1970 to 2100`);
  if (arrival !== null && arrival - event_time > limits.maxEventAgeMs) {
    const days = limits.maxEventAgeMs / DAY_MS;
    return rejected(
      'bad_time',
      `event_time ${event_time} ms is more than ${days} days before its arrival ${arrival}`,
    );
  }
  if (received_time !== null && !isTime(received_time)) {
    return rejected('bad_time', `received_time ${received_time} ms is not within 1970 to 2100`);
  }
  // A wrong clock's difference: it would take time away from the visit.
  if (!(engagement_time_ms >= 0))
    return rejected('bad_time', `engagement_time_ms ${engagement_time_ms} is below 0`);
  return null;
}

function isTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 0 && ms <= TIME_MAX_MS;
}

function future(event: Event, arrival: number, limits: Limits): Rejection | null {
  const aheadMs = event.event_time - arrival;
  if (aheadMs <= limits.futureMaxMs) return null;
  return rejected('future', `event_time is ${aheadMs} ms after ${arrival}, it may be ${limits.futureMaxMs}`);
}

/**
 * Sign is not judged: refunds and corrections are negative. What cannot be right is money without a currency, a currency
 * that ISO 4217 cannot know, and amounts that no longer add up exactly.
 */
function badMoney(event: Event, limits: Limits): Rejection | null {
  const max = limits.amountMaxMinorUnits;
  const { currency, value, tax, shipping, discount, items } = event;
  if (currency !== null && currency !== '' && !CURRENCY.test(currency)) {
    return rejected('bad_money', `currency ${shown(currency)} is no ISO 4217 code: three capital letters`);
  }
  let money = value !== 0 || tax !== 0 || shipping !== 0 || discount !== 0;
  const amounts =
    badAmount('value', value, max) ??
    badAmount('tax', tax, max) ??
    badAmount('shipping', shipping, max) ??
    badAmount('discount', discount, max);
  if (amounts !== null) return amounts;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) continue;
    const { price, cost } = item;
    money ||= price !== 0 || item.discount !== 0 || (cost !== null && cost !== 0);
    const bad =
      badAmount('price', price, max) ??
      badAmount('discount', item.discount, max) ??
      badAmount('cost', cost ?? 0, max) ??
      badAmount('price × quantity', price * item.quantity, max) ??
      badAmount('cost × quantity', (cost ?? 0) * item.quantity, max);
    if (bad !== null) return { reason: bad.reason, detail: `items[${i}]: ${bad.detail}` };
  }
  if (money && (currency === null || currency === ''))
    return rejected('bad_money', 'money without a currency');
  return null;
}

function badAmount(field: string, amount: number, max: number): Rejection | null {
  if (amount === 0 || (Number.isSafeInteger(amount) && amount <= max && amount >= -max)) return null;
  return rejected('bad_money', `${field} ${amount} is not a whole number of minor units within ±${max}`);
}

/** Strings, lists and numbers over their limits. No finite limit holds NaN or an infinity, so they are too large as well. */
function tooLarge(event: Event, limits: Limits): Rejection | null {
  return (
    longString(event, STRINGS, limits.stringBytesMax, longestOf(event)) ??
    longString(event, URLS, limits.urlBytesMax, event.page_location.length | event.page_referrer.length) ??
    largeNumbers(event, limits) ??
    largeItems(event.items, limits) ??
    largeParams(event.params, limits) ??
    largeMetrics(event.metrics, limits)
  );
}

function tooMuch(field: string, found: number, unit: string, max: number): Rejection {
  return rejected('too_large', `${field} has ${found} ${unit}, it may have ${max}`);
}

/** Every string field but the ids (bad_id), the name (bad_name), the currency (bad_money) and the URLs. */
export const STRINGS = [
  'user_id',
  'platform',
  'page_title',
  'source',
  'medium',
  'campaign',
  'term',
  'content',
  'country',
  'region',
  'city',
  'language',
  'timezone',
  'user_agent',
  'device',
  'browser',
  'os',
  'transaction_id',
  'coupon',
  'search_term',
  'promotion_id',
  'promotion_name',
  'experiment_id',
  'variation_id',
  'group_id',
  'store_id',
] as const satisfies (keyof Event)[];

const URLS = ['page_location', 'page_referrer'] as const satisfies (keyof Event)[];

export const ITEM_STRINGS = [
  'item_id',
  'item_name',
  'item_brand',
  'item_category',
  'item_variant',
  'coupon',
  'item_list_id',
  'item_list_name',
  'promotion_id',
  'seller_id',
] as const satisfies (keyof Item)[];

/**
 * The bits of all lengths of STRINGS: not below the longest of them, and under twice as much. Written out because a loop
 * over names costs ten times as much, and nearly every event is done here.
 */
function longestOf(e: Event): number {
  return (
    (e.user_id === null ? 0 : e.user_id.length) |
    e.platform.length |
    e.page_title.length |
    e.source.length |
    e.medium.length |
    e.campaign.length |
    e.term.length |
    e.content.length |
    e.country.length |
    e.region.length |
    e.city.length |
    e.language.length |
    e.timezone.length |
    e.user_agent.length |
    e.device.length |
    e.browser.length |
    e.os.length |
    e.transaction_id.length |
    e.coupon.length |
    e.search_term.length |
    e.promotion_id.length |
    e.promotion_name.length |
    e.experiment_id.length |
    e.variation_id.length |
    e.group_id.length |
    e.store_id.length
  );
}

/** Asks the strings one by one only where the longest of them, `chars`, may be over `max` bytes. */
function longString<K extends string>(
  record: Readonly<Record<K, string | null>>,
  fields: readonly K[],
  max: number,
  chars: number,
): Rejection | null {
  if (chars * 3 <= max) return null;
  for (const field of fields) {
    const text = record[field];
    if (text !== null && over(text, max)) return tooMuch(field, Buffer.byteLength(text), 'bytes', max);
  }
  return null;
}

function largeNumbers(event: Event, limits: Limits): Rejection | null {
  const { engagement_time_ms, points, score } = event;
  if (engagement_time_ms > limits.engagementMaxMs) {
    return rejected(
      'too_large',
      `engagement_time_ms is ${engagement_time_ms}, it may be ${limits.engagementMaxMs}`,
    );
  }
  const max = limits.amountMaxMinorUnits;
  if (points !== 0 && !(Number.isSafeInteger(points) && points <= max && points >= -max)) {
    return rejected('too_large', `points is ${points}, a whole number within ±${max} is expected`);
  }
  if (score !== null && !Number.isFinite(score))
    return rejected('too_large', `score is ${score}, not a finite number`);
  return null;
}

function largeItems(items: readonly Item[], limits: Limits): Rejection | null {
  if (items.length > limits.itemsMax) return tooMuch('items', items.length, 'entries', limits.itemsMax);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) continue;
    const chars =
      item.item_id.length |
      item.item_name.length |
      item.item_brand.length |
      item.item_category.length |
      item.item_variant.length |
      item.coupon.length |
      item.item_list_id.length |
      item.item_list_name.length |
      item.promotion_id.length |
      item.seller_id.length;
    const bad =
      longString(item, ITEM_STRINGS, limits.stringBytesMax, chars) ??
      notInt32('quantity', item.quantity) ??
      notInt32('index', item.index);
    if (bad !== null) return { reason: bad.reason, detail: `items[${i}]: ${bad.detail}` };
  }
  return null;
}

function notInt32(field: string, value: number): Rejection | null {
  return (value | 0) === value
    ? null
    : rejected('too_large', `${field} ${value} is not a whole number of 32 bits`);
}

function largeParams(params: Event['params'], limits: Limits): Rejection | null {
  const keys = Object.keys(params);
  if (keys.length > limits.paramsMax) return tooMuch('params', keys.length, 'entries', limits.paramsMax);
  for (const key of keys) {
    if (over(key, limits.keyBytesMax)) return longKey('params', key, limits);
    const value = params[key] ?? '';
    if (over(value, limits.paramValueBytesMax)) {
      return tooMuch(`params.${key}`, Buffer.byteLength(value), 'bytes', limits.paramValueBytesMax);
    }
  }
  return null;
}

function largeMetrics(metrics: Event['metrics'], limits: Limits): Rejection | null {
  const keys = Object.keys(metrics);
  if (keys.length > limits.metricsMax) return tooMuch('metrics', keys.length, 'entries', limits.metricsMax);
  for (const key of keys) {
    if (over(key, limits.keyBytesMax)) return longKey('metrics', key, limits);
    const value = metrics[key];
    if (!Number.isFinite(value))
      return rejected('too_large', `metrics.${key} is ${value}, not a finite number`);
  }
  return null;
}

function longKey(field: string, key: string, limits: Limits): Rejection {
  return tooMuch(`the key ${shown(key)} of ${field}`, Buffer.byteLength(key), 'bytes', limits.keyBytesMax);
}
