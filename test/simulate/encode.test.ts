import { expect, test } from 'vitest';
import { encodeEvent } from '../../pipeline/contract/schema.ts';
import { createEncoder } from '../../pipeline/simulate/encode.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { event, item } from '../support/event.ts';

test('gives the bytes that the library gives, for all events of a shop', () => {
  const { encode } = createEncoder();
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
  expect(createEncoder().encode(given)).toEqual(encodeEvent(given));
});
