import type { Event, Item } from '../contract/event.ts';

/**
 * Events as Avro data of the newest schema, the bytes that `encodeEvent` gives (held by test), in a fraction of its time:
 * most fields are empty or short, what an event has in common with the one before it is copied from there, and what an
 * item says of its product is kept.
 */
export interface Encoder {
  /**
   * Writes an event at a place, where EVENT_BYTES_MAX must be free, and gives the place after it. What was written
   * into the same memory before must have stayed as it was.
   */
  encode(event: Event, bytes: Buffer, at: number): number;
  /** The memory that was written into may change from now on. */
  forget(): void;
}

/** What one event may take: nothing of ours comes near to it. */
export const EVENT_BYTES_MAX = 65_536;

/** Products whose bytes are kept; all are dropped when there are more. */
const PRODUCTS_MAX = 4_096;

/** The fields of an item that say what it is, wherever it stands. */
interface Product {
  item: Item;
  bytes: Uint8Array;
}

export function createEncoder(): Encoder {
  /** The event before, and where its parts stand. */
  let last: Event | null = null;
  let lastBytes: Buffer | null = null;
  let whoStart = 0;
  let whoEnd = 0;
  let pageStart = 0;
  let pageEnd = 0;
  let originEnd = 0;
  const products = new Map<string, Product>();

  function product(bytes: Buffer, start: number, item: Item): number {
    const known = products.get(item.item_id);
    if (known !== undefined && isSameProduct(known.item, item)) {
      bytes.set(known.bytes, start);
      return start + known.bytes.length;
    }
    let at = text(bytes, start, item.item_id);
    at = text(bytes, at, item.item_name);
    at = text(bytes, at, item.item_brand);
    at = text(bytes, at, item.item_category);
    at = text(bytes, at, item.item_variant);
    if (products.size >= PRODUCTS_MAX) products.clear();
    products.set(item.item_id, { item, bytes: Buffer.from(bytes.subarray(start, at)) });
    return at;
  }

  function list(bytes: Buffer, start: number, items: readonly Item[]): number {
    let at = start;
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as Item;
      at = product(bytes, at, item);
      at = text(bytes, at, item.coupon);
      at = text(bytes, at, item.item_list_id);
      at = text(bytes, at, item.item_list_name);
      at = text(bytes, at, item.promotion_id);
      at = text(bytes, at, item.seller_id);
      at = long(bytes, at, item.price);
      at = long(bytes, at, item.discount);
      if (item.cost === null) bytes[at++] = 0;
      else {
        bytes[at++] = 2;
        at = long(bytes, at, item.cost);
      }
      at = long(bytes, at, item.quantity);
      at = long(bytes, at, item.index);
      at = flag(bytes, at, item.in_stock);
    }
    return at;
  }

  return {
    encode(event, bytes, start) {
      const before = lastBytes === bytes ? last : null;
      let at = text(bytes, start, event.event_id);
      at = text(bytes, at, event.event_name);
      at = long(bytes, at, event.event_time);

      const who = at;
      if (before !== null && hasSameVisitor(before, event)) {
        bytes.copyWithin(at, whoStart, whoEnd);
        at += whoEnd - whoStart;
      } else {
        at = text(bytes, at, event.visitor_id);
        at = text(bytes, at, event.site);
        if (event.user_id === null) bytes[at++] = 0;
        else {
          bytes[at++] = 2;
          at = text(bytes, at, event.user_id);
        }
        at = text(bytes, at, event.platform);
      }
      whoStart = who;
      whoEnd = at;

      if (event.received_time === null) bytes[at++] = 0;
      else {
        bytes[at++] = 2;
        at = long(bytes, at, event.received_time);
      }

      const page = at;
      const samePage =
        before !== null &&
        before.page_location === event.page_location &&
        before.page_title === event.page_title &&
        before.page_referrer === event.page_referrer;
      const sameOrigin = before !== null && hasSameOrigin(before, event);
      if (!samePage) {
        at = text(bytes, at, event.page_location);
        at = text(bytes, at, event.page_title);
        at = text(bytes, at, event.page_referrer);
      }
      let origin = at;
      if (sameOrigin) {
        const from = samePage ? pageStart : pageEnd;
        bytes.copyWithin(at, from, originEnd);
        at += originEnd - from;
        if (samePage) origin += pageEnd - pageStart;
      } else {
        if (samePage) {
          bytes.copyWithin(at, pageStart, pageEnd);
          at += pageEnd - pageStart;
          origin = at;
        }
        at = text(bytes, at, event.source);
        at = text(bytes, at, event.medium);
        at = text(bytes, at, event.campaign);
        at = text(bytes, at, event.term);
        at = text(bytes, at, event.content);
        at = text(bytes, at, event.country);
        at = text(bytes, at, event.region);
        at = text(bytes, at, event.city);
        at = text(bytes, at, event.language);
        at = text(bytes, at, event.timezone);
        at = text(bytes, at, event.user_agent);
        at = text(bytes, at, event.device);
        at = text(bytes, at, event.browser);
        at = text(bytes, at, event.os);
        at = flag(bytes, at, event.consent_analytics);
        at = flag(bytes, at, event.consent_ads);
      }
      pageStart = page;
      pageEnd = origin;
      originEnd = at;
      last = event;
      lastBytes = bytes;

      at = long(bytes, at, event.engagement_time_ms);
      if (event.currency === null) bytes[at++] = 0;
      else {
        bytes[at++] = 2;
        at = text(bytes, at, event.currency);
      }
      at = long(bytes, at, event.value);
      at = long(bytes, at, event.tax);
      at = long(bytes, at, event.shipping);
      at = long(bytes, at, event.discount);
      at = text(bytes, at, event.transaction_id);
      at = text(bytes, at, event.coupon);
      const { items } = event;
      if (items.length > 0) {
        at = long(bytes, at, items.length);
        at = list(bytes, at, items);
      }
      bytes[at++] = 0;
      at = text(bytes, at, event.search_term);
      at = text(bytes, at, event.promotion_id);
      at = text(bytes, at, event.promotion_name);
      at = text(bytes, at, event.experiment_id);
      at = text(bytes, at, event.variation_id);
      at = text(bytes, at, event.group_id);
      at = text(bytes, at, event.store_id);
      if (event.score === null) bytes[at++] = 0;
      else {
        bytes[at++] = 2;
        at = bytes.writeDoubleLE(event.score, at);
      }
      at = long(bytes, at, event.points);
      const params = Object.keys(event.params);
      if (params.length > 0) {
        at = long(bytes, at, params.length);
        for (const key of params) {
          at = text(bytes, at, key);
          at = text(bytes, at, event.params[key] ?? '');
        }
      }
      bytes[at++] = 0;
      const metrics = Object.keys(event.metrics);
      if (metrics.length > 0) {
        at = long(bytes, at, metrics.length);
        for (const key of metrics) {
          at = text(bytes, at, key);
          at = bytes.writeDoubleLE(event.metrics[key] ?? 0, at);
        }
      }
      bytes[at++] = 0;
      return at;
    },

    forget() {
      last = null;
    },
  };
}

/** Zigzag, as Avro writes every whole number. */
function long(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  // Beyond 31 bits there are no bit operations: the four lowest groups of seven are taken off.
  if (left > 0x7fffffff) {
    let low = left % 0x10000000;
    left = (left - low) / 0x10000000;
    for (let i = 0; i < 4; i++) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
  }
  while (left >= 0x80) {
    bytes[at++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  bytes[at++] = left;
  return at;
}

function text(bytes: Buffer, start: number, value: string): number {
  const { length } = value;
  let at = start;
  if (length === 0) {
    bytes[at++] = 0;
    return at;
  }
  if (length >= 64) return wide(bytes, start, value);
  bytes[at++] = length * 2;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return wide(bytes, start, value);
    bytes[at++] = code;
  }
  return at;
}

function wide(bytes: Buffer, start: number, value: string): number {
  const at = long(bytes, start, Buffer.byteLength(value));
  return at + bytes.write(value, at);
}

function flag(bytes: Buffer, at: number, value: boolean): number {
  bytes[at] = value ? 1 : 0;
  return at + 1;
}

function isSameProduct(a: Item, b: Item): boolean {
  return (
    a.item_name === b.item_name &&
    a.item_brand === b.item_brand &&
    a.item_category === b.item_category &&
    a.item_variant === b.item_variant
  );
}

function hasSameVisitor(a: Event, b: Event): boolean {
  return (
    a.visitor_id === b.visitor_id && a.site === b.site && a.user_id === b.user_id && a.platform === b.platform
  );
}

/** From source to consent. */
function hasSameOrigin(a: Event, b: Event): boolean {
  return (
    a.source === b.source &&
    a.medium === b.medium &&
    a.campaign === b.campaign &&
    a.term === b.term &&
    a.content === b.content &&
    a.country === b.country &&
    a.region === b.region &&
    a.city === b.city &&
    a.language === b.language &&
    a.timezone === b.timezone &&
    a.user_agent === b.user_agent &&
    a.device === b.device &&
    a.browser === b.browser &&
    a.os === b.os &&
    a.consent_analytics === b.consent_analytics &&
    a.consent_ads === b.consent_ads
  );
}
