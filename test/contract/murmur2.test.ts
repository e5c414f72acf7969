import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../pipeline/contract/murmur2.ts';

// The vectors of Apache Kafka's UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is Java’s', (key, expected) => {
  expect(murmur2(Buffer.from(key))).toBe(expected);
});

test('a partition is the hash without its sign bit, not its absolute value', () => {
  expect(partitionOf('21', 10)).toBe((-973932308 & 0x7fffffff) % 10);
  expect(partitionOf('21', 10)).not.toBe(973932308 % 10);
  expect(partitionOf('', 1)).toBe(0);
});

test('text and its UTF-8 bytes go to one partition, whatever their length', () => {
  for (const key of [
    'v1',
    'é',
    '访客-1',
    '😀'.repeat(100),
    'x'.repeat(341),
    'x'.repeat(342),
    '访'.repeat(5000),
    '\ud800',
  ]) {
    expect(partitionOf(key, 997), key.slice(0, 10)).toBe(partitionOf(Buffer.from(key), 997));
  }
});
