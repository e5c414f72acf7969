import { expect, test } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { encodeEvent } from '../../pipeline/contract/schema.ts';
import { createEncoder, EVENT_BYTES_MAX } from '../../pipeline/simulate/encode.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { event, item } from '../support/event.ts';

/** One event after the other into the same memory, with one encoder: each may be copied from what is before it. */
function createEncoding(): (event: Event) => Buffer {
  const encoder = createEncoder();
  let bytes = Buffer.alloc(4 * EVENT_BYTES_MAX);
  let end = 0;
  return event => {
    if (bytes.length - end < EVENT_BYTES_MAX) {
      bytes = Buffer.alloc(4 * EVENT_BYTES_MAX);
      end = 0;
    }
    const start = end;
    end = encoder.encode(event, bytes, start);
    return bytes.subarray(start, end);
  };
}

test('gives the bytes that the library gives, for all events of a shop', () => {
  const encode = createEncoding();
  const shop = createShop({ seed: 'bytes', visitors: 1_500, start: Date.UTC(2026, 8, 1), days: 40 });
  const names = new Set<string>();
  for (const hour of shop.history()) {
    for (const record of hour) {
      if (record.event === null) continue;
      names.add(record.event.event_name);
      const given = encode(record.event);
      if (!given.equals(encodeEvent(record.event))) expect(given).toEqual(encodeEvent(record.event));
    }
  }
  expect(names.size).toBeGreaterThan(35);
});

test.each([
  [
    'numbers beyond 32 bits, below 0 and at the edges of a byte',
    event({ value: 9_007_199_254_740_990, tax: -1, shipping: 63, discount: 64, points: -8_192 }),
  ],
  [
    'long and wide texts',
    event({ page_title: 'é'.repeat(63), page_location: 'x'.repeat(8_192), city: '上海'.repeat(40) }),
  ],
  [
    'items',
    event({ items: [item({ cost: 0, in_stock: false }), item({ cost: -3, index: 200, quantity: -1 })] }),
  ],
  ['maps and scores', event({ score: 4.5, params: { a: '', b: 'ü' }, metrics: { x: -0.1, y: 1e300 } })],
])('%s', (_, given) => {
  expect(createEncoding()(given)).toEqual(encodeEvent(given));
});

test('whatever an event has in common with the one before it', () => {
  const encode = createEncoding();
  const first = event({
    page_title: 'a',
    source: 'x',
    country: 'DE',
    items: [item({ item_id: '1', item_name: 'n' })],
  });
  const given = [
    first,
    first,
    { ...first, page_title: 'b' },
    { ...first, page_title: 'b', source: 'y' },
    { ...first, page_title: 'c', source: 'z' },
    { ...first, page_title: 'c', source: 'z', visitor_id: 'other' },
    { ...first, page_title: 'c', source: 'z', visitor_id: 'other', consent_ads: !first.consent_ads },
    { ...first, items: [item({ item_id: '1', item_name: 'another' })] },
    first,
  ];
  for (const one of given) expect(encode(one)).toEqual(encodeEvent(one));
});

test('memory may be written anew', () => {
  const encoder = createEncoder();
  const bytes = Buffer.alloc(EVENT_BYTES_MAX);
  const given = event({ page_title: 'a title' });
  const end = encoder.encode(given, bytes, 0);
  bytes.fill(0);
  encoder.forget();
  expect(encoder.encode(given, bytes, 0)).toBe(end);
  expect(bytes.subarray(0, end)).toEqual(encodeEvent(given));
});
