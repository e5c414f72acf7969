import type { Type } from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGuard, DEPTH_MAX, NODES_MAX } from '../../pipeline/contract/guard.ts';
import { parseSchema } from '../../pipeline/contract/schema.ts';
import { schemaCase } from './avroSchemas.ts';

/** The bytes of a number as Avro writes it. */
function long(value: number | bigint): Buffer {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  do {
    const more = zigzag >> 7n;
    bytes.push(Number(zigzag & 0x7fn) | (more > 0n ? 0x80 : 0));
    zigzag = more;
  } while (zigzag > 0n);
  return Buffer.from(bytes);
}

function walk(schema: unknown, ...parts: (Buffer | number[])[]): number | string {
  const guard = createGuard(parseSchema(JSON.stringify(schema)));
  const bytes = Buffer.concat(parts.map(part => Buffer.from(part)));
  const end = guard.walk(bytes, 0, bytes.length);
  return end < 0 ? guard.failure() : end;
}

const strings = { type: 'array', items: 'string' };

describe('counts', () => {
  test('an array of 4e9 in 6 bytes', () => {
    expect(walk(strings, long(4e9), [0])).toBe(
      'byte 0: a count of elements that cannot fit in the bytes that remain',
    );
  });
  test('a map of 4e9', () => {
    expect(walk({ type: 'map', values: 'long' }, long(4e9), [0])).toContain(
      'count of elements that cannot fit',
    );
  });
  test('a map’s entry takes at least two bytes unless its values take none', () => {
    expect(walk({ type: 'map', values: 'long' }, long(2), [0, 0, 0])).toContain('cannot fit');
    expect(walk({ type: 'map', values: 'null' }, long(2), [0, 2, 97, 0])).toBe(5);
  });
  test('an array of arrays', () => {
    expect(walk({ type: 'array', items: strings }, long(1), long(4e9), [0])).toContain('byte 1: a count');
  });
  test('an array of 2^62, and of -2^63', () => {
    expect(walk(strings, long(2n ** 62n), [0])).toContain('cannot fit');
    expect(walk(strings, long(-(2n ** 63n)), long(1), [0])).toContain('cannot fit');
  });
  test('elements of no size end at a cap, in one block or in many', () => {
    const nulls = { type: 'array', items: 'null' };
    expect(walk(nulls, long(NODES_MAX), [0])).toBe(4);
    expect(walk(nulls, long(NODES_MAX + 1), [0])).toContain(`more than ${NODES_MAX}`);
    expect(walk(nulls, long(NODES_MAX), long(1), [0])).toContain(`more than ${NODES_MAX}`);
    expect(
      walk({ type: 'array', items: { type: 'record', name: 'R', fields: [] } }, long(4e9), [0]),
    ).toContain('more than');
  });
  test('a schema whose data take no bytes but 2^40 steps', () => {
    let schema: unknown = 'null';
    for (let i = 0; i < 40; i++) {
      const name = `R${i}`;
      const inner = i === 0 ? 'null' : `R${i - 1}`;
      schema = {
        type: 'record',
        name,
        fields: [
          { name: 'a', type: schema },
          { name: 'b', type: inner },
        ],
      };
    }
    expect(walk(schema)).toContain('more than');
  });
});

describe('blocks', () => {
  test('with a size in bytes', () => {
    expect(walk(strings, long(-2), long(4), [2, 97, 2, 98], long(1), [2, 99], [0])).toBe(10);
  });
  test('whose size is not that of its elements', () => {
    // avsc skips such a block by its size and reads it by its count: it must be one place.
    expect(walk(strings, long(-1), long(3), [2, 97, 2, 98], [0])).toContain('block whose size');
    expect(walk(strings, long(-2), long(3), [2, 97, 2, 98], [0])).toContain('block whose size');
  });
  test('whose size is beyond the end, or negative', () => {
    expect(walk(strings, long(-1), long(300), [2, 97], [0])).toContain('length that does not fit');
    expect(walk(strings, long(-1), long(-1), [2, 97], [0])).toContain('length that does not fit');
  });
  test('without an end', () => {
    expect(walk(strings, long(1), [2, 97])).toBe('byte 3: ends too early');
  });
});

describe('numbers', () => {
  test.each([0, -1, 63, 64, 2 ** 31, 2 ** 53, -(2n ** 63n), 2n ** 63n - 1n])(
    'a long of %s is well-formed',
    value => {
      expect(walk('long', long(value))).toBe(long(value).length);
    },
  );
  test('a long of eleven bytes, and of more than 64 bits, is not', () => {
    expect(walk('long', [...Array(10).fill(0x80), 0])).toContain('not well-formed');
    expect(walk('long', [...Array(9).fill(0x80), 2])).toContain('not well-formed');
    expect(walk('long', [...Array(9).fill(0x80)])).toContain('ends too early');
  });
  test('an int has 32 bits', () => {
    expect(walk('int', long(-(2 ** 31)))).toBe(5);
    expect(walk('int', long(2 ** 31))).toContain('not well-formed');
    expect(walk('int', [0x80])).toContain('not well-formed');
  });
  test('a boolean is 0 or 1', () => {
    expect(walk('boolean', [1])).toBe(1);
    expect(walk('boolean', [2])).toContain('neither 0 nor 1');
  });
  test('a branch and a symbol that are there', () => {
    expect(walk(['null', 'string'], long(1), [0])).toBe(2);
    expect(walk(['null', 'string'], long(2), [0])).toContain('branch');
    expect(walk(['null', 'string'], long(-1), [0])).toContain('branch');
    expect(walk(['null', 'string'], long(2n ** 40n))).toContain('branch');
    expect(walk({ type: 'enum', name: 'E', symbols: ['A', 'B'] }, long(1))).toBe(1);
    expect(walk({ type: 'enum', name: 'E', symbols: ['A', 'B'] }, long(2))).toContain('symbol');
  });
});

describe('lengths', () => {
  test.each(['string', 'bytes'])('of %s', type => {
    expect(walk(type, long(3), [1, 2, 3])).toBe(4);
    expect(walk(type, long(4), [1, 2, 3])).toContain('length');
    expect(walk(type, long(-1), [1, 2, 3])).toContain('length');
    expect(walk(type, long(2n ** 63n - 1n), [1, 2, 3])).toContain('length');
  });
  test('of fixed, float and double', () => {
    expect(walk({ type: 'fixed', name: 'F', size: 3 }, [1, 2])).toContain('too early');
    expect(walk('float', [1, 2, 3])).toContain('too early');
    expect(walk('double', [1, 2, 3, 4, 5, 6, 7, 8])).toBe(8);
  });
});

test('what follows a union is read whichever branch was taken', () => {
  for (const type of ['string', 'long', 'int', 'boolean', 'double', 'bytes']) {
    const fields = [
      { name: 'a', type: ['null', type] },
      { name: 'b', type },
      { name: 'c', type: [type, 'null'] },
      { name: 'd', type },
    ];
    const schema = { type: 'record', name: 'R', fields };
    const size = type === 'double' ? 8 : 1;
    const zero = Buffer.alloc(size);
    expect(walk(schema, long(0), zero, long(1), zero)).toBe(2 + 2 * size);
    expect(walk(schema, long(1), zero, zero, long(0), zero, zero)).toBe(2 + 4 * size);
    expect(walk(schema, long(0), zero, long(1))).toContain('ends too early');
  }
});

describe('recursive schemas', () => {
  const list = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] };
  test('nested to the limit, and one deeper', () => {
    expect(walk(list, Array(DEPTH_MAX).fill(2), [0])).toBe(DEPTH_MAX + 1);
    expect(walk(list, Array(DEPTH_MAX + 1).fill(2), [0])).toContain('nested deeper');
    expect(walk(list, Array(1_000_000).fill(2), [0])).toContain('nested deeper');
  });
  test('a record that never ends', () => {
    expect(walk({ type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] }, [1, 2, 3])).toContain(
      'nested deeper',
    );
  });
  test('a tree of arrays', () => {
    const tree = { type: 'record', name: 'T', fields: [{ name: 'c', type: { type: 'array', items: 'T' } }] };
    expect(walk(tree, long(2), [0, 0, 0])).toBe(4);
    expect(walk(tree, long(4e9), [0, 0, 0])).toContain('cannot fit');
    expect(walk(tree, Array(100).fill(2))).toContain('nested deeper');
  });
});

test('UTF-8 is asked only of the fields named', () => {
  const type = parseSchema(
    JSON.stringify({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'title', type: 'string' },
        { name: 'id', type: ['null', 'string'] },
      ],
    }),
  );
  const guard = createGuard(type, { utf8Fields: new Set(['id']) });
  const check = (...bytes: number[]) => guard.walk(Buffer.from(bytes), 0, bytes.length);
  expect(check(2, 0xff, 2, 2, 97)).toBe(5);
  expect(check(2, 97, 2, 4, 0xc3, 0xa9)).toBe(6);
  expect(check(2, 97, 2, 4, 0xc3, 0x28)).toBe(-1);
  expect(guard.failure()).toBe('byte 4: invalid UTF-8 in a field that identifies');
  expect(check(2, 97, 2, 6, 0xed, 0xa0, 0x80)).toBe(-1); // a lone surrogate
  expect(check(2, 97, 0)).toBe(3);
});

describe('agrees with avsc, for any schema', () => {
  const cases = schemaCase.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value));

  function decoded(type: Type, bytes: Buffer, start: number): number | Error {
    try {
      return type.decode(bytes, start).offset;
    } catch (error) {
      return error as Error;
    }
  }

  test('on what avsc writes, wherever it stands', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 3 }), ([schema, value], margin) => {
        const type = parseSchema(JSON.stringify(schema));
        const guard = createGuard(type);
        const datum = type.toBuffer(value);
        const bytes = Buffer.concat([Buffer.alloc(margin, 255), datum, Buffer.alloc(margin, 255)]);
        expect(guard.walk(bytes, margin, bytes.length)).toBe(margin + datum.length);
        expect(datum.length).toBeGreaterThanOrEqual(guard.bytesMin);
        for (let end = 0; end < datum.length; end++) expect(guard.walk(datum, 0, end)).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  test('on the extent of whatever it lets pass', () => {
    let passed = 0;
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(cases, flips, ([schema, value], changes) => {
        const type = parseSchema(JSON.stringify(schema));
        const guard = createGuard(type);
        const bytes = type.toBuffer(value);
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const end = guard.walk(bytes, 0, bytes.length);
        if (end < 0) return;
        passed++;
        const offset = decoded(type, bytes, 0);
        if (offset instanceof Error) expect(offset.message).toBe('potential precision loss');
        else expect(offset).toBe(end);
        // And by avsc's other way through the bytes: skipping what a reader does not want.
        const wrapped = parseSchema(
          JSON.stringify({
            type: 'record',
            name: 'W',
            fields: [
              { name: 'skipped', type: schema },
              { name: 'kept', type: 'int' },
            ],
          }),
        );
        const kept = parseSchema('{"type":"record","name":"W","fields":[{"name":"kept","type":"int"}]}');
        const whole = Buffer.concat([bytes.subarray(0, end), long(7)]);
        expect(kept.decode(whole, 0, kept.createResolver(wrapped)).value).toMatchObject({ kept: 7 });
      }),
      { numRuns: 1000 },
    );
    expect(passed).toBeGreaterThan(100);
  });
});
