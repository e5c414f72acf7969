import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { REJECT_REASONS, type RejectReason } from '../../pipeline/contract/outcome.ts';
import { ITEM_STRINGS, LIMITS, rejectionOf, STRINGS, TIME_MAX_MS } from '../../pipeline/fold/validate.ts';
import { event, item, NOON } from '../support/event.ts';

const HOUR_MS = 3_600_000;

/** Judged at NOON, when the event arrived. */
const reason = (given: Partial<Event>, arrival: number | null = NOON): RejectReason | null =>
  rejectionOf(event(given), arrival, NOON)?.reason ?? null;

test('a plain event is not rejected', () => expect(reason({})).toBe(null));

describe('bad_id', () => {
  test.each([
    ['event_id', 64],
    ['visitor_id', 128],
    ['site', 64],
  ] as const)('%s has 1 to %i UTF-8 bytes', (field, max) => {
    expect(reason({ [field]: '' })).toBe('bad_id');
    expect(reason({ [field]: 'x'.repeat(max) })).toBe(null);
    expect(reason({ [field]: 'x'.repeat(max + 1) })).toBe('bad_id');
    expect(reason({ [field]: '店'.repeat(Math.floor(max / 3)) })).toBe(null);
    expect(reason({ [field]: '店'.repeat(Math.floor(max / 3) + 1) })).toBe('bad_id');
    expect(reason({ [field]: '😀'.repeat(max / 4) })).toBe(null);
    expect(reason({ [field]: `${'😀'.repeat(max / 4)}x` })).toBe('bad_id');
    for (const control of ['\0', '\n', '\t', '\u007f'])
      expect(reason({ [field]: `a${control}b` })).toBe('bad_id');
    expect(reason({ [field]: 'ünï-1:2.3_/é' })).toBe(null);
  });

  test('a site has no white space at its ends, but inside', () => {
    expect(reason({ site: 'my shop' })).toBe(null);
    expect(reason({ site: ' shop' })).toBe('bad_id');
    expect(reason({ site: 'shop\u00a0' })).toBe('bad_id');
    expect(reason({ visitor_id: ' v' })).toBe(null);
  });
});

test.each([
  ['page_view', null],
  ['a', null],
  [`a${'_'.repeat(39)}`, null],
  [`a${'_'.repeat(40)}`, 'bad_name'],
  ['', 'bad_name'],
  ['Page_view', 'bad_name'],
  ['_view', 'bad_name'],
  ['9view', 'bad_name'],
  ['page-view', 'bad_name'],
  ['page_view\n', 'bad_name'],
])('event_name %j: %s', (event_name, expected) => expect(reason({ event_name })).toBe(expected));

describe('bad_time and future', () => {
  test.each([
    [NOON - LIMITS.maxEventAgeMs, null],
    [NOON - LIMITS.maxEventAgeMs - 1, 'bad_time'],
    [NOON + HOUR_MS, null],
    [NOON + HOUR_MS + 1, 'future'],
    [TIME_MAX_MS, 'future'],
    [TIME_MAX_MS + 1, 'bad_time'],
    [0, 'bad_time'],
    [-1, 'bad_time'],
    [Number.NaN, 'bad_time'],
    [Number.POSITIVE_INFINITY, 'bad_time'],
    [NOON + 0.5, 'bad_time'],
  ])('at %d: %s', (event_time, expected) => expect(reason({ event_time })).toBe(expected));

  test('an arrival that is not known leaves the age unasked, and takes the first sight for the future', () => {
    expect(reason({ event_time: 1 }, null)).toBe(null);
    expect(reason({ event_time: NOON + HOUR_MS }, null)).toBe(null);
    expect(reason({ event_time: NOON + HOUR_MS + 1 }, null)).toBe('future');
    expect(reason({ event_time: 0 }, null)).toBe('bad_time');
  });

  test('where the arrival is known, the first sight does not matter', () => {
    for (const firstSeen of [0, 1, NOON, TIME_MAX_MS]) {
      expect(rejectionOf(event({ event_time: NOON }), NOON, firstSeen)).toBe(null);
      expect(rejectionOf(event({ event_time: NOON + 2 * HOUR_MS }), NOON, firstSeen)?.reason).toBe('future');
    }
  });

  test('other times: when it was received, how long it was in front', () => {
    expect(reason({ received_time: NOON })).toBe(null);
    expect(reason({ received_time: 0 })).toBe('bad_time');
    expect(reason({ received_time: TIME_MAX_MS + 1 })).toBe('bad_time');
    expect(reason({ engagement_time_ms: -1 })).toBe('bad_time');
    expect(reason({ engagement_time_ms: Number.NaN })).toBe('bad_time');
    expect(reason({ engagement_time_ms: LIMITS.engagementMaxMs })).toBe(null);
    expect(reason({ engagement_time_ms: LIMITS.engagementMaxMs + 1 })).toBe('too_large');
  });
});

describe('bad_money', () => {
  const MONEY: Partial<Event>[] = [
    ...[{ value: 1 }, { tax: 1 }, { shipping: 1 }, { discount: 1 }, { value: -1 }],
    ...[
      { items: [item(), item({ price: 1 })] },
      { items: [item({ discount: 1 })] },
      { items: [item({ cost: 1 })] },
    ],
  ];

  test.each(MONEY)('%j needs a currency', money => {
    expect(reason({ ...money, currency: null })).toBe('bad_money');
    expect(reason({ ...money, currency: '' })).toBe('bad_money');
    expect(reason({ ...money, currency: 'EUR' })).toBe(null);
  });

  test('no money needs none; what is given is a code', () => {
    expect(reason({ currency: null, items: [item({ cost: 0 })] })).toBe(null);
    expect(reason({ currency: '' })).toBe(null);
    for (const currency of ['usd', 'US', 'USDX', 'U$D', ' USD', 'EUR\n'])
      expect(reason({ currency })).toBe('bad_money');
  });

  test('amounts are whole and add up exactly', () => {
    const currency = 'EUR';
    const max = LIMITS.amountMaxMinorUnits;
    for (const field of ['value', 'tax', 'shipping', 'discount'] as const) {
      expect(reason({ currency, [field]: max })).toBe(null);
      expect(reason({ currency, [field]: -max })).toBe(null);
      for (const bad of [max + 1, -max - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(reason({ currency, [field]: bad })).toBe('bad_money');
      }
    }
    expect(reason({ currency, items: [item({ price: max })] })).toBe(null);
    for (const bad of [
      { price: max + 1 },
      { discount: 0.1 },
      { cost: Number.NaN },
      { price: max / 2, quantity: 3 },
    ]) {
      expect(reason({ currency, items: [item(), item(bad)] })).toBe('bad_money');
    }
  });

  test('a negative purchase is taken: corrections are sent that way', () => {
    expect(reason({ event_name: 'purchase', value: -500, currency: 'EUR' })).toBe(null);
  });
});

describe('too_large', () => {
  test.each([...STRINGS])('%s', field => {
    expect(reason({ [field]: 'x'.repeat(LIMITS.stringBytesMax) })).toBe(null);
    expect(reason({ [field]: 'x'.repeat(LIMITS.stringBytesMax + 1) })).toBe('too_large');
    expect(reason({ [field]: '店'.repeat(LIMITS.stringBytesMax / 3) })).toBe(null);
    expect(reason({ [field]: '店'.repeat(LIMITS.stringBytesMax / 3 + 1) })).toBe('too_large');
  });

  test.each(['page_location', 'page_referrer'] as const)('%s', field => {
    expect(reason({ [field]: 'x'.repeat(LIMITS.urlBytesMax) })).toBe(null);
    expect(reason({ [field]: 'x'.repeat(LIMITS.urlBytesMax + 1) })).toBe('too_large');
  });

  test.each([...ITEM_STRINGS])('items: %s', field => {
    expect(reason({ items: [item(), item({ [field]: 'x'.repeat(LIMITS.stringBytesMax) })] })).toBe(null);
    expect(reason({ items: [item(), item({ [field]: 'x'.repeat(LIMITS.stringBytesMax + 1) })] })).toBe(
      'too_large',
    );
  });

  test('no string of the event or of an item is forgotten', () => {
    const strings = (record: object): string[] =>
      Object.entries(record).flatMap(([field, value]) => (typeof value === 'string' ? field : []));
    const judgedElsewhere = [
      'event_id',
      'event_name',
      'visitor_id',
      'site',
      'page_location',
      'page_referrer',
    ];
    expect([...STRINGS].sort()).toEqual(
      [...strings(event({ user_id: '' })).filter(f => !judgedElsewhere.includes(f))].sort(),
    );
    expect([...ITEM_STRINGS].sort()).toEqual(strings(item()).sort());
  });

  test('lists and maps', () => {
    const entries = <T>(n: number, value: T): Record<string, T> =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, value]));
    expect(reason({ items: Array.from({ length: LIMITS.itemsMax }, () => item()) })).toBe(null);
    expect(reason({ items: Array.from({ length: LIMITS.itemsMax + 1 }, () => item()) })).toBe('too_large');
    expect(reason({ params: entries(LIMITS.paramsMax, 'x') })).toBe(null);
    expect(reason({ params: entries(LIMITS.paramsMax + 1, 'x') })).toBe('too_large');
    expect(reason({ metrics: entries(LIMITS.metricsMax, 1) })).toBe(null);
    expect(reason({ metrics: entries(LIMITS.metricsMax + 1, 1) })).toBe('too_large');
    expect(reason({ params: { k: 'x'.repeat(LIMITS.paramValueBytesMax) } })).toBe(null);
    expect(reason({ params: { k: 'x'.repeat(LIMITS.paramValueBytesMax + 1) } })).toBe('too_large');
    const long = 'k'.repeat(LIMITS.keyBytesMax + 1);
    expect(reason({ params: { [long]: '' } })).toBe('too_large');
    expect(reason({ metrics: { [long]: 1 } })).toBe('too_large');
  });

  test('numbers', () => {
    expect(reason({ score: 4.5, metrics: { cls: 0.01 }, points: -5 })).toBe(null);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(reason({ score: bad })).toBe('too_large');
      expect(reason({ metrics: { cls: bad } })).toBe('too_large');
      expect(reason({ points: bad })).toBe('too_large');
    }
    for (const bad of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN]) {
      expect(reason({ items: [item({ quantity: bad })] })).toBe(
        Number.isNaN(bad) ? 'bad_money' : 'too_large',
      );
      expect(reason({ items: [item({ index: bad })] })).toBe('too_large');
    }
  });
});

describe('order and soundness', () => {
  /** One fault each, in the order in which it is asked. */
  const FAULTS: [RejectReason, Partial<Event>][] = [
    ['bad_id', { event_id: '' }],
    ['bad_name', { event_name: 'Bad' }],
    ['bad_time', { received_time: -1 }],
    ['future', { event_time: NOON + 2 * HOUR_MS }],
    ['bad_money', { value: 1 }],
    ['too_large', { score: Number.NaN }],
  ];

  test('of several faults the first in REJECT_REASONS is told', () => {
    expect(FAULTS.map(([name]) => name)).toEqual(REJECT_REASONS.slice(REJECT_REASONS.indexOf('bad_id')));
    fc.assert(
      fc.property(fc.subarray(FAULTS, { minLength: 1 }), faults => {
        const given = Object.assign({}, ...faults.map(([, fault]) => fault));
        expect(reason(given)).toBe(faults[0]?.[0]);
      }),
    );
  });

  test('any content is judged without a throw, twice the same, and left as it was', () => {
    const text = fc.string({ unit: 'binary', maxLength: 150 });
    const number = fc.oneof(fc.double(), fc.integer(), fc.constant(NOON));
    const given = fc.record(
      {
        event_id: text,
        event_name: fc.oneof(text, fc.constant('purchase')),
        event_time: number,
        site: text,
        user_id: fc.option(text),
        page_location: text,
        currency: fc.option(fc.oneof(text, fc.constant('EUR'))),
        value: number,
        score: fc.option(number),
        params: fc.dictionary(text, text, { maxKeys: 3 }),
        metrics: fc.dictionary(text, number, { maxKeys: 3 }),
        items: fc.array(fc.record({ item_id: text, price: number, quantity: number }).map(item), {
          maxLength: 3,
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(given, fc.option(number), (fields, arrival) => {
        const judged = event(fields);
        const before = structuredClone(judged);
        const first = rejectionOf(judged, arrival, NOON);
        expect(rejectionOf(judged, arrival, NOON)).toEqual(first);
        expect(judged).toEqual(before);
        if (first !== null) expect(REJECT_REASONS.indexOf(first.reason)).toBeGreaterThanOrEqual(5);
      }),
    );
  });
});
