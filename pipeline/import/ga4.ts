import type { Item } from '../contract/event.ts';
import type { EventInput } from '../contract/schema.ts';
import { countryCode } from './countries.ts';
import { minorDigits, minorUnits } from './money.ts';
import { contentId, type Left, linesOf, type Mapped, Refusal, type SourceRow } from './rows.ts';

export interface Ga4Options {
  site: string;
  /** For rows with money that name no currency. */
  currency?: string;
}

type Fields = Record<string, unknown>;

/** Looked up by names that others give: an object would also know 'constructor'. */
function table<T>(of: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(of));
}

/** Where the user refused, there is no id, and nothing but a count is kept. */
const NO_VISITOR = '(not consented)';

/** Fields of the export that say nothing that an event has a place for. */
const LEFT = table<string>({
  event_date: 'the day of event_timestamp',
  event_previous_timestamp: 'worked out from the events',
  event_value_in_usd: 'money is kept in its own currency',
  event_bundle_sequence_id: 'bookkeeping',
  event_server_timestamp_offset: 'bookkeeping',
  event_dimensions: 'bookkeeping',
  batch_event_index: 'part of event_id',
  batch_page_id: 'part of event_id',
  batch_ordering_id: 'part of event_id',
  stream_id: 'bookkeeping',
  user_first_touch_timestamp: 'worked out from the events',
  user_ltv: 'worked out from the events',
  is_active_user: 'worked out from the events',
  traffic_source: "the user's first source, not this visit's",
  session_traffic_source_last_click: 'attribution is worked out from the events',
  user_properties: 'load them as profile_values',
});

/** Parameters by which GA4 keeps its own sessions. */
const SESSION_PARAMS = new Set([
  'ga_session_id',
  'ga_session_number',
  'session_engaged',
  'engaged_session_event',
  'entrances',
  'batch_ordering_id',
  'batch_page_id',
  'ignore_referrer',
]);

/** GA4's names for what the contract has a name for. */
const NAMES = table<string>({ view_search_results: 'search' });

/** Parameters that are fields of the event; every other one goes to params or metrics. */
const TEXT_PARAMS = {
  page_location: 'page_location',
  page_title: 'page_title',
  page_referrer: 'page_referrer',
  transaction_id: 'transaction_id',
  coupon: 'coupon',
  search_term: 'search_term',
  promotion_id: 'promotion_id',
  promotion_name: 'promotion_name',
  group_id: 'group_id',
  experiment_id: 'experiment_id',
  variation_id: 'variation_id',
  source: 'source',
  medium: 'medium',
  campaign: 'campaign',
  term: 'term',
  content: 'content',
} as const;

/** Rows of a GA4 BigQuery export written as JSON lines. */
export async function* ga4Rows(path: string): AsyncGenerator<SourceRow<Fields>, void, void> {
  for await (const { line, row } of linesOf(path)) {
    if (typeof row !== 'string') {
      yield { line, row };
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(row);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      yield { line, row: new Refusal(`is no JSON: ${error.message.slice(0, 200)}`) };
      continue;
    }
    yield { line, row: isFields(value) ? value : new Refusal('is no object') };
  }
}

/** One row as an event by the table in docs/import.md. Errors: Refusal. */
export function ga4Event(row: Fields, options: Ga4Options): Mapped {
  const left: Left[] = [];
  const leave = (field: string, why = 'no field of an event'): void => void left.push({ field, why });
  const params = paramsOf(row.event_params, leave);
  const device = group(row.device);
  const web = group(device.web_info);
  const geo = group(row.geo);
  const privacy = group(row.privacy_info);
  const collected = group(row.collected_traffic_source);
  const ecommerce = group(row.ecommerce);

  const consents = !/^no$/i.test(text(privacy.analytics_storage));
  const visitor = text(row.user_pseudo_id) || (consents ? '' : NO_VISITOR);
  if (visitor === '') throw new Refusal('has no user_pseudo_id');
  const given = text(row.event_name);
  const name = (NAMES.get(given) ?? given).toLowerCase();
  const event: EventInput = {
    event_id: contentId(row),
    event_name: name,
    event_time: timeOf(row.event_timestamp),
    visitor_id: visitor,
    site: options.site,
    user_id: text(row.user_id) || null,
    platform: text(row.platform).toLowerCase() || 'web',
    consent_analytics: consents,
    consent_ads: !/^no$/i.test(text(privacy.ads_storage)),
    language: text(device.language),
    device: deviceOf(text(device.category)),
    browser: text(web.browser) || text(device.browser),
    os: text(device.operating_system),
    region: text(geo.region),
    city: text(geo.city),
  };

  const country = text(geo.country);
  const code = country === '' ? '' : countryCode(country);
  if (code === undefined) leave(`geo.country ${country}`, 'no country of ISO 3166');
  else event.country = code;

  for (const [param, field] of Object.entries(TEXT_PARAMS)) {
    const value = take(params, param);
    if (value !== '') event[field] = value;
  }
  // What the hit itself came with; of a click id alone the medium is known.
  const clicked = text(collected.gclid) !== '' || text(collected.dclid) !== '';
  event.source = text(collected.manual_source) || event.source || (clicked ? 'google' : '');
  event.medium = text(collected.manual_medium) || event.medium || (clicked ? 'cpc' : '');
  event.campaign = text(collected.manual_campaign_name) || event.campaign || '';
  event.term = text(collected.manual_term) || event.term || '';
  event.content = text(collected.manual_content) || event.content || '';
  event.transaction_id = event.transaction_id || text(ecommerce.transaction_id);

  const engaged = take(params, 'engagement_time_msec');
  if (engaged !== '') event.engagement_time_ms = wholeNumber(engaged, 'engagement_time_msec');
  const score = take(params, 'score');
  if (score !== '') event.score = finite(score, 'score');

  // Both are taken out, whichever counts.
  const valueParam = take(params, 'value');
  const taxParam = take(params, 'tax');
  const shippingParam = take(params, 'shipping');
  const discountParam = take(params, 'discount');
  const currency = take(params, 'currency').toUpperCase() || (options.currency ?? '');
  const money = (decimal: string, field: string): number => {
    if (decimal === '') return 0;
    const units = minorUnits(decimal, minorDigits(currency));
    if (units === undefined) throw new Refusal(`${field} is '${decimal.slice(0, 40)}', no amount of money`);
    if (units !== 0 && currency === '') {
      throw new Refusal(`${field} is ${decimal}, but the row names no currency: give one (--currency EUR)`);
    }
    return units;
  };
  const revenue = text(given === 'refund' ? ecommerce.refund_value : ecommerce.purchase_revenue);
  event.value = money(valueParam || revenue, 'value');
  event.tax = money(taxParam || text(ecommerce.tax_value), 'tax');
  event.shipping = money(shippingParam || text(ecommerce.shipping_value), 'shipping');
  event.discount = money(discountParam, 'discount');
  const list = { id: take(params, 'item_list_id'), name: take(params, 'item_list_name') };
  event.items = itemsOf(row.items, list, event, money, leave);
  if (currency !== '') event.currency = currency;

  const texts: [string, string][] = [];
  const numbers: [string, number][] = [];
  for (const [key, { value, number }] of params) {
    if (SESSION_PARAMS.has(key)) leave(`event_params.${key}`, "GA4's own session");
    else if (number)
      numbers.push([key === 'number_of_search_results' ? 'search_results' : key, Number(value)]);
    else texts.push([key, value]);
  }
  event.params = Object.fromEntries(texts);
  event.metrics = Object.fromEntries(numbers);

  leaveRest(row, leave);
  return { event, left };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function group(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A value as text; '' for what GA4 has no value of. */
function text(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '(not set)' || value === '(none)') return '';
  return value;
}

/** Microseconds, as a number or (as BigQuery writes 64 bits) as text. */
function timeOf(value: unknown): number {
  const micros = text(value);
  if (!/^\d{1,18}$/.test(micros))
    throw new Refusal(`event_timestamp '${micros.slice(0, 40)}' is no number of µs`);
  return Number(BigInt(micros) / 1000n);
}

function wholeNumber(value: string, field: string): number {
  const number = Math.round(finite(value, field));
  if (!Number.isSafeInteger(number)) throw new Refusal(`${field} is ${value}`);
  return number;
}

function finite(value: string, field: string): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Refusal(`${field} is '${value.slice(0, 40)}', no number`);
  return number;
}

function deviceOf(category: string): string {
  return category === 'smart tv' ? 'tv' : category;
}

interface Param {
  value: string;
  number: boolean;
}

function paramsOf(value: unknown, leave: (field: string, why?: string) => void): Map<string, Param> {
  const found = new Map<string, Param>();
  for (const entry of Array.isArray(value) ? value : []) {
    const { key, value: of } = group(entry);
    if (typeof key !== 'string' || key === '') continue;
    const values = group(of);
    const number = [values.int_value, values.float_value, values.double_value]
      .map(text)
      .find(one => one !== '');
    const string = text(values.string_value);
    if (string !== '') found.set(key, { value: string, number: false });
    else if (number !== undefined && Number.isFinite(Number(number)))
      found.set(key, { value: number, number: true });
    else if (number !== undefined) leave(`event_params.${key}`, 'is no finite number');
  }
  return found;
}

function take(params: Map<string, Param>, key: string): string {
  const value = params.get(key)?.value ?? '';
  params.delete(key);
  return value;
}

const ITEM_FIELDS = new Set([
  ...[
    'item_id',
    'item_name',
    'item_brand',
    'item_variant',
    'item_category',
    'item_category2',
    'item_category3',
  ],
  ...['item_category4', 'item_category5', 'price', 'quantity', 'coupon', 'item_list_id', 'item_list_name'],
  ...['item_list_index', 'promotion_id', 'promotion_name', 'discount'],
]);

function itemsOf(
  value: unknown,
  list: { id: string; name: string },
  event: EventInput,
  money: (decimal: string, field: string) => number,
  leave: (field: string, why?: string) => void,
): (Pick<Item, 'item_id'> & Partial<Item>)[] {
  const items: (Pick<Item, 'item_id'> & Partial<Item>)[] = [];
  for (const entry of Array.isArray(value) ? value : []) {
    const item = group(entry);
    const id = text(item.item_id) || text(item.item_name);
    event.promotion_id ||= text(item.promotion_id);
    event.promotion_name ||= text(item.promotion_name);
    for (const [field, of] of Object.entries(item)) {
      if (!ITEM_FIELDS.has(field) && hasValue(of)) leave(`items.${field}`);
    }
    if (id === '') {
      // A promotion is an item without a product.
      if (text(item.promotion_id) === '') leave('items', 'neither item_id nor item_name');
      continue;
    }
    const levels = [item.item_category, item.item_category2, item.item_category3, item.item_category4];
    const quantity = text(item.quantity);
    const index = text(item.item_list_index);
    items.push({
      item_id: id,
      item_name: text(item.item_name),
      item_brand: text(item.item_brand),
      item_variant: text(item.item_variant),
      item_category: [...levels, item.item_category5]
        .map(text)
        .filter(level => level !== '')
        .join('/'),
      coupon: text(item.coupon),
      item_list_id: text(item.item_list_id) || list.id,
      item_list_name: text(item.item_list_name) || list.name,
      promotion_id: text(item.promotion_id),
      price: money(text(item.price), 'items.price'),
      discount: money(text(item.discount), 'items.discount'),
      ...(quantity === '' ? {} : { quantity: wholeNumber(quantity, 'items.quantity') }),
      ...(index === '' ? {} : { index: wholeNumber(index, 'items.item_list_index') }),
    });
  }
  return items;
}

/** Fields read above, by group; '' stands for the row itself. */
const READ = table<ReadonlySet<string>>({
  '': new Set([
    'event_timestamp',
    'event_name',
    'event_params',
    'user_pseudo_id',
    'user_id',
    'platform',
    'items',
  ]),
  device: new Set(['category', 'language', 'browser', 'operating_system', 'web_info']),
  'device.web_info': new Set(['browser']),
  geo: new Set(['country', 'region', 'city']),
  privacy_info: new Set(['analytics_storage', 'ads_storage']),
  ecommerce: new Set(['transaction_id', 'purchase_revenue', 'refund_value', 'tax_value', 'shipping_value']),
  collected_traffic_source: new Set([
    ...[
      'manual_source',
      'manual_medium',
      'manual_campaign_name',
      'manual_term',
      'manual_content',
      'gclid',
      'dclid',
    ],
  ]),
});

function leaveRest(row: Fields, leave: (field: string, why?: string) => void): void {
  const each = (fields: Fields, path: string): void => {
    const read = READ.get(path);
    for (const [field, value] of Object.entries(fields)) {
      const name = path === '' ? field : `${path}.${field}`;
      if (READ.has(name)) each(group(value), name);
      else if (read?.has(field) !== true && hasValue(value)) leave(name, LEFT.get(name));
    }
  };
  each(row, '');
}

function hasValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isFields(value)) return Object.values(value).some(hasValue);
  return text(value) !== '';
}
