import { readFileSync } from 'node:fs';
import type { schema as avroSchema, Type } from 'avsc';
import { describe, expect, test } from 'vitest';
import { canonicalForm, crc64Avro, schemaFingerprint } from '../../pipeline/contract/fingerprint.ts';
import {
  encodeEvent,
  eventType,
  newest,
  parseSchema,
  shippedSchemas,
} from '../../pipeline/contract/schema.ts';

interface Field {
  name: string;
  type: avroSchema.AvroSchema;
  doc?: string;
  default?: unknown;
}
interface RecordSchema {
  name: string;
  doc?: string;
  fields: Field[];
}

const REQUIRED = ['event_id', 'event_name', 'event_time', 'visitor_id'];
const eventSchema = JSON.parse(newest.text) as RecordSchema;
const itemSchema = (
  JSON.parse(newest.text) as { fields: { type: { items?: RecordSchema } }[] }
).fields.flatMap(f => f.type.items ?? [])[0] as RecordSchema;

/** A copy of a schema that a test may bend. */
function bent(change: (schema: RecordSchema) => void): Type {
  const copy = JSON.parse(newest.text) as RecordSchema;
  change(copy);
  return parseSchema(JSON.stringify(copy));
}

const example = {
  event_id: 'e1',
  event_name: 'purchase',
  event_time: 1_700_000_000_000,
  visitor_id: 'v1',
  user_id: 'u1',
  received_time: 1_700_000_000_001,
  currency: 'EUR',
  value: 1999,
  items: [{ item_id: 'i1', price: 1999, cost: 800 }],
  params: { a: 'b' },
  metrics: { cls: 0.1 },
  score: 4.5,
};

/** Throws unless a reader of one version reads what a writer of another wrote. */
function reads(reader: Type, writer: Type): void {
  const value = reader.decode(writer.toBuffer(example), 0, reader.createResolver(writer))
    .value as typeof example;
  expect(value).toMatchObject({
    event_id: 'e1',
    event_time: 1_700_000_000_000,
    items: [{ item_id: 'i1', price: 1999 }],
  });
}

describe('versions', () => {
  test('are numbered from 1 without gaps', () => {
    expect(shippedSchemas.map(schema => schema.version)).toEqual(shippedSchemas.map((_, i) => i + 1));
    expect(newest.version).toBe(shippedSchemas.length);
  });

  test.each(shippedSchemas.flatMap(a => shippedSchemas.map(b => [a, b] as const)))(
    'each reads what each other wrote',
    (reader, writer) => reads(reader.type, writer.type),
  );

  test('a field with a default can be added and left out; one without cannot', () => {
    const more = bent(s => s.fields.push({ name: 'later', type: 'string', default: '' }));
    reads(more, eventType);
    reads(eventType, more);
    const required = bent(s => s.fields.push({ name: 'later', type: 'string' }));
    expect(() => reads(required, eventType)).toThrow('no matching field');
  });

  test('version 1 is for ever what its first writers were given', () => {
    expect(shippedSchemas[0]?.fingerprint.toString('hex')).toBe('b2856133a8ae4f1b');
  });
});

describe('fields', () => {
  test('only the first four are required', () => {
    expect(eventSchema.fields.slice(0, 4).map(f => f.name)).toEqual(REQUIRED);
    expect(eventSchema.fields.filter(f => f.default === undefined).map(f => f.name)).toEqual(REQUIRED);
    expect(itemSchema.fields.filter(f => f.default === undefined).map(f => f.name)).toEqual(['item_id']);
    const least = bent(s => {
      s.fields = s.fields.slice(0, 4);
    });
    const bytes = least.toBuffer(example);
    const { value } = eventType.decode(bytes, 0, eventType.createResolver(least));
    expect({ ...value }).toMatchObject({
      site: 'shop',
      platform: 'web',
      user_id: null,
      items: [],
      consent_ads: true,
    });
  });

  test.each(REQUIRED)('without %s no event can be read', name => {
    const lacking = bent(s => {
      s.fields = s.fields.filter(f => f.name !== name);
    });
    expect(() => eventType.createResolver(lacking)).toThrow(name);
  });

  test('each says what it means, and times are timestamp-millis', () => {
    for (const field of [...eventSchema.fields, ...itemSchema.fields])
      expect(field.doc, field.name).toMatch(/\.$/);
    const time = { type: 'long', logicalType: 'timestamp-millis' };
    expect(eventSchema.fields.find(f => f.name === 'event_time')?.type).toEqual(time);
    expect(eventSchema.fields.find(f => f.name === 'received_time')?.type).toEqual(['null', time]);
  });

  /** How a field's Avro type reads in TypeScript. */
  function typescript(type: avroSchema.AvroSchema): string {
    if (Array.isArray(type))
      return type
        .map(typescript)
        .sort((a, b) => Number(a === 'null') - Number(b === 'null'))
        .join(' | ');
    if (typeof type === 'string') {
      return { long: 'number', int: 'number', double: 'number' }[type] ?? type;
    }
    const complex = type as { type: string; items: RecordSchema; values: string };
    if (complex.type === 'array') return `${complex.items.name}[]`;
    if (complex.type === 'map') return `Record<string, ${typescript(complex.values)}>`;
    return typescript(complex.type);
  }

  test.each([
    ['Event', eventSchema],
    ['Item', itemSchema],
  ] as const)('the interface %s has the same, in the same order', (name, schema) => {
    const source = readFileSync(new URL('../../pipeline/contract/event.ts', import.meta.url), 'utf8');
    const body = new RegExp(`export interface ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? '';
    const declared = [...body.matchAll(/^ {2}(\w+): (.+);$/gm)].map(match => [match[1], match[2]]);
    expect(declared).toEqual(schema.fields.map(f => [f.name, typescript(f.type)]));
  });
});

test('an event that the schema does not allow is not written', () => {
  expect(() => encodeEvent({ ...example, value: 0.5 })).toThrow('invalid "long"');
  expect(() => encodeEvent({ ...example, event_time: Number.NaN })).toThrow('invalid "long"');
});

// The vectors of Apache Avro, share/test/data/schema-tests.txt.
test.each([
  ['"null"', 7195948357588979594n],
  ['{"type":"boolean"}', -6970731678124411036n],
  ['"int"', 8247732601305521295n],
  ['"long"', -3434872931120570953n],
  ['"float"', 5583340709985441680n],
  ['"double"', -8181574048448539266n],
  ['"bytes"', 5746618253357095269n],
  ['"string"', -8142146995180207161n],
  ['[ "int" , {"type":"boolean"} ]', 5392556393470105090n],
  ['{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}', 5916914534497305771n],
  ['{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}', -4616218487480524110n],
  [
    '{"fields":[], "type":"record", "name":"foo", "doc":"foo", "aliases":["foo","bar"]}',
    -4824392279771201922n,
  ],
  [
    '{"fields":[{"type":"boolean","aliases":[],"name":"f1","default":true},{"order":"descending","name":"f2","doc":"Hello","type":"int"}],"type":"record","name":"foo"}',
    -4860222112080293046n,
  ],
  [
    '{"namespace":"x.y.z","type":"enum","name":"foo","doc":"foo bar","symbols":["A1","A2"]}',
    -4448647247586288245n,
  ],
  ['{"namespace":"x.y.z","type":"fixed","name":"foo","doc":"foo bar","size":32}', -3064184465700546786n],
  ['{ "items":{"type":"null"}, "type":"array"}', -589620603366471059n],
  ['{ "values":"string", "type":"map"}', -8732877298790414990n],
  [
    '{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}',
    -1759257747318642341n,
  ],
])('the fingerprint of %s is that of other implementations', (schema, expected) => {
  const type = parseSchema(schema);
  expect(BigInt.asIntN(64, crc64Avro(Buffer.from(canonicalForm(type))))).toBe(expected);
  expect(schemaFingerprint(type).readBigInt64LE()).toBe(expected);
});

test('a schema that is none says so', () => {
  expect(() => parseSchema('7')).toThrow('a schema is a name, an object or an array');
  expect(() => parseSchema('{"type":"recrod"}')).toThrow('unknown type');
  expect(() => parseSchema(`"${'x'.repeat(1_048_576)}"`)).toThrow('over 1048576 bytes');
  // Names become part of generated code: one that is no name must not get there.
  expect(() => parseSchema('{"type":"record","name":"A(){}; throw 1; function B","fields":[]}')).toThrow(
    'invalid name',
  );
});
