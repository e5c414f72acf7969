import fc from 'fast-check';

/** A schema's JSON and values of it, for properties that must hold for any schema. */
export interface SchemaCase {
  schema: unknown;
  value: fc.Arbitrary<unknown>;
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const primitives: fc.Arbitrary<SchemaCase> = fc.constantFrom(
  { schema: 'null', value: fc.constant(null) },
  { schema: 'boolean', value: fc.boolean() },
  { schema: 'int', value: fc.integer() },
  { schema: 'long', value: fc.integer({ min: -9007199254740990, max: 9007199254740990 }) },
  { schema: 'float', value: fc.float() },
  { schema: 'double', value: fc.double() },
  { schema: 'string', value: text },
  { schema: 'bytes', value: fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)) },
);

/** Any schema but recursive ones. Named types get their names at the end, so that each is its own. */
export const schemaCase: fc.Arbitrary<SchemaCase> = fc
  .letrec<{ node: SchemaCase }>(node => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      primitives,
      fc.integer({ min: 0, max: 20 }).map(size => ({
        schema: { type: 'fixed', name: '?', size },
        value: fc.uint8Array({ minLength: size, maxLength: size }).map(bytes => Buffer.from(bytes)),
      })),
      fc.integer({ min: 1, max: 200 }).map(symbols => ({
        schema: { type: 'enum', name: '?', symbols: Array.from({ length: symbols }, (_, i) => `S${i}`) },
        value: fc.integer({ min: 0, max: symbols - 1 }).map(i => `S${i}`),
      })),
      node('node').map(items => ({
        schema: { type: 'array', items: items.schema },
        value: fc.array(items.value, { maxLength: 5 }),
      })),
      node('node').map(values => ({
        schema: { type: 'map', values: values.schema },
        value: fc.dictionary(text, values.value, { maxKeys: 5 }),
      })),
      node('node')
        .filter(branch => branch.schema !== 'null' && !Array.isArray(branch.schema))
        .map(branch => ({
          schema: ['null', branch.schema],
          value: fc.option(branch.value),
        })),
      fc.array(node('node'), { maxLength: 6 }).map(fields => ({
        schema: {
          type: 'record',
          name: '?',
          fields: fields.map((field, i) => ({ name: `f${i}`, type: field.schema })),
        },
        value: fc.record(Object.fromEntries(fields.map((field, i) => [`f${i}`, field.value]))),
      })),
    ),
  }))
  .node.map(({ schema, value }) => {
    let names = 0;
    return {
      schema: JSON.parse(JSON.stringify(schema), (key, v) =>
        key === 'name' && v === '?' ? `N${names++}` : v,
      ),
      value,
    };
  });
