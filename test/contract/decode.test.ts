import type { Type } from 'avsc';
import { describe, expect, test } from 'vitest';
import { createDecoder, type Decoded } from '../../pipeline/contract/decode.ts';
import type { Event } from '../../pipeline/contract/event.ts';
import {
  confluentId,
  frameConfluent,
  frameSingleObject,
  framingOf,
} from '../../pipeline/contract/framing.ts';
import { readerOf } from '../../pipeline/contract/reader.ts';
import {
  encodeEvent,
  eventType,
  newest,
  parseSchema,
  shippedSchemas,
} from '../../pipeline/contract/schema.ts';

const least = { event_id: 'e1', event_name: 'page_view', event_time: 1_700_000_000_000, visitor_id: 'v1' };
const decoder = createDecoder({});
const decode = (datum: Uint8Array): Decoded => decoder.decode(frameSingleObject(newest.fingerprint, datum));

function eventOf(decoded: Decoded): Event {
  if (!('event' in decoded)) throw new Error(JSON.stringify(decoded));
  return decoded.event;
}
/** 'reason: detail' */
function rejectionOf(decoded: Decoded): string {
  if (!('rejection' in decoded)) throw new Error(JSON.stringify(decoded));
  return `${decoded.rejection.reason}: ${decoded.rejection.detail}`;
}

interface Field {
  name: string;
  type: unknown;
  default?: unknown;
}
/** A writer's schema made of the newest one's fields. */
function writer(change: (fields: Field[]) => Field[], name = 'footfall.Event'): Type {
  const schema = JSON.parse(newest.text) as { fields: Field[] };
  return parseSchema(JSON.stringify({ type: 'record', name, fields: change(schema.fields) }));
}
/** What a value written with a schema decodes to, through an event file's way: the schema is learned. */
function through(type: Type, value: unknown): Decoded {
  const own = createDecoder({});
  const reader = own.learn(JSON.stringify(type));
  return own.decode(frameSingleObject(reader.fingerprint, type.toBuffer(value)));
}
const replaced = (fields: Field[], name: string, type: unknown) =>
  fields.map(field => (field.name === name ? { name, type } : field));

describe('framing', () => {
  test('Confluent: 00 and a big-endian id', () => {
    const value = frameConfluent(258, Buffer.from([9]));
    expect([...value]).toEqual([0, 0, 0, 1, 2, 9]);
    expect(framingOf(value)).toBe('confluent');
    expect(confluentId(value)).toBe(258);
    expect(confluentId(frameConfluent(-2, Buffer.alloc(0)))).toBe(-2);
  });
  test('single-object: c3 01 and a fingerprint', () => {
    const value = frameSingleObject(newest.fingerprint, Buffer.from([9]));
    expect(value.toString('hex')).toBe(`c301${newest.fingerprint.toString('hex')}09`);
    expect(framingOf(value)).toBe('single_object');
  });
  test.each([
    '',
    '00',
    '00000000',
    'c3',
    'c301',
    'c30111111111111111',
    'c302000000000000000000',
    '7b22',
    'ff',
  ])('%s is none', hex => expect(framingOf(Buffer.from(hex, 'hex'))).toBe('none'));
});

describe('rejected before anything is read', () => {
  test('empty', () => {
    expect(rejectionOf(decoder.decode(null))).toBe('empty: null');
    expect(rejectionOf(decoder.decode(new Uint8Array()))).toBe('empty: no bytes');
  });
  test('oversized, before unframed', () => {
    const small = createDecoder({ messageBytesMax: 100 });
    expect(rejectionOf(small.decode(Buffer.alloc(101)))).toBe('oversized: 101 bytes, at most 100');
    expect(rejectionOf(small.decode(Buffer.alloc(100, 1)))).toContain('unframed');
  });
  test('unframed', () => {
    expect(rejectionOf(decoder.decode(Buffer.from('{"event_id":1}')))).toContain(
      'unframed: starts with 7b22',
    );
    expect(rejectionOf(decoder.decode(frameSingleObject(Buffer.alloc(8), encodeEvent(least))))).toContain(
      'unframed: single-object encoding of an unknown schema, fingerprint 0000000000000000',
    );
    expect(rejectionOf(decoder.decode(frameConfluent(1, encodeEvent(least))))).toContain(
      'no schema registry',
    );
  });
  test('an id that no registry gives', () => {
    const asked: number[] = [];
    const own = createDecoder({
      registry: { get: id => void asked.push(id), resolve: () => Promise.reject(new Error('not asked')) },
    });
    expect(rejectionOf(own.decode(frameConfluent(0, encodeEvent(least))))).toContain('unframed: schema id 0');
    expect(rejectionOf(own.decode(frameConfluent(-5, encodeEvent(least))))).toContain(
      'unframed: schema id -5',
    );
    expect(asked).toEqual([]);
    expect(own.decode(frameConfluent(7, encodeEvent(least)))).toEqual({ unknownId: 7 });
  });
});

test('every shipped version decodes, defaults filled in', () => {
  for (const schema of shippedSchemas) {
    const decoded = decoder.decode(frameSingleObject(schema.fingerprint, schema.type.toBuffer(least)));
    expect(decoded).toMatchObject({ schemaId: 0, event: { ...least, site: 'shop', items: [], params: {} } });
  }
});

test('a Uint8Array that is no Buffer, in the middle of another', () => {
  const value = frameSingleObject(newest.fingerprint, encodeEvent(least));
  const outer = new Uint8Array(value.length + 20).fill(255);
  outer.set(value, 7);
  expect(eventOf(decoder.decode(outer.subarray(7, 7 + value.length))).event_id).toBe('e1');
});

test('an event keeps nothing of its bytes', () => {
  const value = frameSingleObject(newest.fingerprint, encodeEvent({ ...least, params: { a: 'b' } }));
  const event = eventOf(decoder.decode(value));
  value.fill(0x41);
  expect(event).toMatchObject({ ...least, params: { a: 'b' } });
});

describe('undecodable', () => {
  const datum = encodeEvent({ ...least, items: [{ item_id: 'i' }], params: { a: 'b' } });
  test('cut off anywhere', () => {
    for (let end = 0; end < datum.length; end++)
      expect(rejectionOf(decode(datum.subarray(0, end)))).toContain('undecodable');
  });
  test('with bytes left over', () => {
    expect(rejectionOf(decode(Buffer.concat([datum, Buffer.from([0])])))).toBe(
      `undecodable: 1 bytes left over after byte ${datum.length}`,
    );
  });
  test('an array count of 4e9 in 6 bytes: the message that ends avsc', () => {
    const type = writer(fields => [{ name: 'ids', type: { type: 'array', items: 'string' } }, ...fields]);
    const own = createDecoder({});
    const { fingerprint } = own.learn(JSON.stringify(type));
    const bomb = Buffer.from('80a0b2bb1d00', 'hex');
    expect(bomb.length).toBe(6);
    expect(rejectionOf(own.decode(frameSingleObject(fingerprint, bomb)))).toContain(
      'byte 0: a count of elements',
    );
  });
  test('a count of 4e9 in the items, the params and the metrics of an event', () => {
    const bytes = encodeEvent(least);
    // The last three bytes but one are the ends of items, …; params and metrics are the last two.
    for (const back of [1, 2]) {
      const bent = Buffer.concat([bytes.subarray(0, -back), Buffer.from('80a0b2bb1d00', 'hex')]);
      expect(rejectionOf(decode(bent))).toContain('count of elements that cannot fit');
    }
    const before = writer(fields =>
      fields.slice(
        0,
        fields.findIndex(f => f.name === 'items'),
      ),
    ).toBuffer(least);
    expect(rejectionOf(decode(Buffer.concat([before, Buffer.from('80a0b2bb1d00', 'hex')])))).toContain(
      'cannot fit',
    );
  });
  test('a long that a number cannot hold, unless the reader skips it', () => {
    // Written as eight times 0xff and 0x7f: far over 2^53.
    const huge = Buffer.from('ffffffffffffffff7f', 'hex');
    const time = encodeEvent(least).subarray(0, 3 + 10);
    expect(rejectionOf(decode(Buffer.concat([time, huge, encodeEvent(least).subarray(3 + 10 + 6)])))).toBe(
      'undecodable: potential precision loss',
    );
    const hashed = writer(fields => [{ name: 'hash', type: 'long' }, ...fields]);
    const own = createDecoder({});
    const { fingerprint } = own.learn(JSON.stringify(hashed));
    const value = frameSingleObject(fingerprint, Buffer.concat([huge, encodeEvent(least)]));
    expect(eventOf(own.decode(value)).event_id).toBe('e1');
  });
});

test('a wrong schema can decode without an error: ranges are for others to check', () => {
  // Two strings and a long swapped in the writer: every byte is well-formed, the values are nonsense.
  const swapped = writer(([id, name, time, visitor, ...rest]) =>
    [name, id, time, visitor, ...rest].flatMap(f => f ?? []),
  );
  const event = eventOf(decode(swapped.toBuffer(least)));
  expect(event).toMatchObject({ event_id: 'page_view', event_name: 'e1' });
});

describe('text', () => {
  /** A datum in which a field's text 'XX' is replaced by bytes that are no UTF-8. */
  function broken(field: string, bytes: number[]): Buffer {
    const datum = encodeEvent({ ...least, [field]: 'XX' });
    const at = datum.indexOf('XX');
    datum.set(bytes, at);
    return datum;
  }
  test.each(['event_id', 'visitor_id', 'site', 'user_id', 'transaction_id'])(
    'invalid UTF-8 in %s is refused',
    field => {
      expect(rejectionOf(decode(broken(field, [0xc3, 0x28])))).toContain('invalid UTF-8');
    },
  );
  test('two ids that would read alike are two', () => {
    const [a, b] = [broken('event_id', [0x80, 0x81]), broken('event_id', [0x82, 0x83])];
    expect(eventType.fromBuffer(a).event_id).toBe(eventType.fromBuffer(b).event_id);
    expect(rejectionOf(decode(a))).toContain('undecodable');
  });
  test('anywhere else it is replaced', () => {
    expect(eventOf(decode(broken('page_title', [0x41, 0xc3]))).page_title).toBe('A\ufffd');
  });
  test('U+FFFD itself, and any other character, is text', () => {
    const ids = { ...least, event_id: 'a\ufffdb', visitor_id: '访客😀', site: 'é' };
    expect(eventOf(decode(encodeEvent(ids)))).toMatchObject(ids);
  });
});

describe('maps', () => {
  test('a key __proto__ is dropped and harms nothing', () => {
    const params = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['a', 'b'],
    ]);
    const event = eventOf(decode(encodeEvent({ ...least, params })));
    expect(Object.getPrototypeOf(event.params)).toBe(Object.prototype);
    expect(Object.entries(event.params)).toEqual([
      ['constructor', 'y'],
      ['a', 'b'],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
  test('a map of records with that key, which the reader skips', () => {
    const inner = { type: 'record', name: 'In', fields: [{ name: 'polluted', type: 'string' }] };
    const type = writer(fields => [...fields, { name: 'extra', type: { type: 'map', values: inner } }]);
    const extra = Object.fromEntries([['__proto__', { polluted: 'yes' }]]);
    expect(eventOf(through(type, { ...least, extra }))).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });
});

test('NaN and infinite doubles pass: what may be is for others to check', () => {
  const event = eventOf(
    decode(encodeEvent({ ...least, score: Number.NaN, metrics: { a: Number.POSITIVE_INFINITY } })),
  );
  expect(event).toMatchObject({ score: Number.NaN, metrics: { a: Number.POSITIVE_INFINITY } });
});

describe('writers of others', () => {
  test('another namespace; another name is refused', () => {
    expect(
      eventOf(
        through(
          writer(f => f, 'com.example.Event'),
          least,
        ),
      ).event_id,
    ).toBe('e1');
    expect(() =>
      through(
        writer(f => f, 'com.example.Click'),
        least,
      ),
    ).toThrow('no alias found for com.example.Click');
  });
  test('of one name and different fields are each read by their own', () => {
    const own = createDecoder({});
    const types = [
      writer(f => f.slice(0, 4)),
      writer(f => f.slice(0, 4).reverse()),
      writer(f => f.slice(0, 8)),
    ];
    const values = types.map(type =>
      frameSingleObject(own.learn(JSON.stringify(type)).fingerprint, type.toBuffer(least)),
    );
    for (const value of [...values, ...values]) expect(eventOf(own.decode(value))).toMatchObject(least);
  });
  test('only the required fields, in another order', () => {
    const type = writer(fields => fields.slice(0, 4).reverse());
    expect(eventOf(through(type, least))).toMatchObject({ ...least, platform: 'web' });
  });
  test('smaller numbers', () => {
    const type = writer(fields => replaced(replaced(fields, 'value', 'int'), 'score', 'float'));
    expect(eventOf(through(type, { ...least, value: 5, score: 0.5 }))).toMatchObject({
      value: 5,
      score: 0.5,
    });
  });
  test('bytes for text', () => {
    const type = writer(fields => replaced(fields, 'visitor_id', 'bytes'));
    expect(eventOf(through(type, { ...least, visitor_id: Buffer.from('v1') })).visitor_id).toBe('v1');
    expect(rejectionOf(through(type, { ...least, visitor_id: Buffer.from([0xff]) }))).toContain(
      'invalid UTF-8',
    );
  });
  test('fields of any kind that no event has', () => {
    const extra = [
      { name: 'x1', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
      { name: 'x2', type: { type: 'fixed', name: 'F', size: 5 } },
      { name: 'x3', type: ['null', 'int', { type: 'array', items: ['null', 'string'] }] },
      { name: 'x4', type: { type: 'record', name: 'R', fields: [{ name: 'next', type: ['null', 'R'] }] } },
    ];
    const type = writer(([first, ...fields]) => [...extra, ...(first ? [first] : []), ...fields]);
    const value = { ...least, x1: 'B', x2: Buffer.alloc(5), x3: ['a', null], x4: { next: { next: null } } };
    expect(eventOf(through(type, value))).toMatchObject(least);
  });
  test('defaults that are wrong by the letter', () => {
    const schema = JSON.parse(newest.text) as { fields: Field[] };
    const fields = schema.fields.map(f =>
      f.name === 'page_title' ? { ...f, type: ['string', 'null'], default: null } : f,
    );
    const { fingerprint } = readerOf(JSON.stringify({ ...schema, fields }));
    expect(fingerprint.length).toBe(8);
  });
  test('what cannot be read names the field', () => {
    expect(() =>
      through(
        writer(fields => replaced(fields, 'visitor_id', 'long')),
        {},
      ),
    ).toThrow('field visitor_id: cannot read');
    expect(() =>
      through(
        writer(fields => fields.slice(1)),
        {},
      ),
    ).toThrow('no matching field for default-less');
    expect(() => readerOf('"string"')).toThrow('a schema of type string, not a record');
    const long = Array.from({ length: 300 }, (_, i) => ({ name: `f${i}`, type: 'string' }));
    const record = { type: 'record', name: 'Other', fields: long };
    expect(() =>
      through(
        writer(fields => replaced(fields, 'score', record)),
        {},
      ),
    ).toThrow(/^.{1,310}$/);
  });

  describe('with null allowed everywhere', () => {
    type Nullable = { name: string; type: unknown };
    const orNull = (type: unknown) => (Array.isArray(type) ? type : ['null', type]);
    const nullable = writer(fields =>
      fields.map(field => {
        const type = field.type as { type?: string; items?: { fields: Nullable[] }; values?: unknown };
        if (type.type === 'array' && type.items) {
          const items = {
            ...type.items,
            fields: type.items.fields.map(f => ({ name: f.name, type: orNull(f.type) })),
          };
          return { name: field.name, type: ['null', { type: 'array', items: ['null', items] }] };
        }
        if (type.type === 'map')
          return { name: field.name, type: ['null', { type: 'map', values: ['null', type.values] }] };
        return { name: field.name, type: orNull(field.type) };
      }),
    );
    const nulls = Object.fromEntries(
      (JSON.parse(newest.text) as { fields: Field[] }).fields.map(f => [f.name, null]),
    );
    const value = { ...nulls, ...least, consent_analytics: true, consent_ads: false };

    test('a null counts as left out', () => {
      const expected = eventOf(decode(encodeEvent({ ...least, consent_ads: false })));
      expect({ ...eventOf(through(nullable, value)) }).toEqual({ ...expected });
    });
    test('within items and maps too', () => {
      const itemFields = (
        eventType as unknown as { field(name: string): { type: { itemsType: { fields: Field[] } } } }
      ).field('items').type.itemsType.fields;
      const item = { ...Object.fromEntries(itemFields.map(f => [f.name, null])), item_id: 'i1' };
      const event = eventOf(
        through(nullable, { ...value, items: [item, null], params: { a: 'b', c: null } }),
      );
      expect(event.items.map(i => ({ ...i }))).toMatchObject([
        { item_id: 'i1', quantity: 1, cost: null, item_name: '' },
      ]);
      expect(event.params).toEqual({ a: 'b' });
      expect(rejectionOf(through(nullable, { ...value, items: [{ ...item, item_id: null }] }))).toBe(
        'undecodable: items.item_id is null',
      );
    });
    test.each(['event_id', 'event_time', 'visitor_id', 'consent_analytics', 'consent_ads'])(
      'but not for %s',
      name => {
        expect(rejectionOf(through(nullable, { ...value, [name]: null }))).toBe(
          `undecodable: ${name} is null`,
        );
      },
    );
  });

  test('a schema too deep to parse is an error, not an end', () => {
    const deep = `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}`;
    expect(() => readerOf(deep)).toThrow();
  });
  test('nested defaults that take for ever to fill in are not looked at', () => {
    let inner: unknown = { type: 'record', name: 'R0', fields: [{ name: 'x', type: 'int', default: 0 }] };
    for (let i = 1; i < 40; i++) {
      const fields = [
        { name: 'a', type: inner, default: {} },
        { name: 'b', type: `R${i - 1}`, default: {} },
      ];
      inner = { type: 'record', name: `R${i}`, fields };
    }
    const schema = JSON.parse(newest.text) as { fields: unknown[] };
    schema.fields.push({ name: 'extra', type: inner });
    expect(readerOf(JSON.stringify(schema)).guard.bytesMin).toBe(2 ** 30);
  });
});
