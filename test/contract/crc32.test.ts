import { expect, test } from 'vitest';
import { crc32, portableCrc32 } from '../../pipeline/contract/eventFile.ts';

test('the check value of the standard, and both ways alike', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  for (let length = 0; length < 3_000; length += 37) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 167 + length) & 0xff));
    expect(portableCrc32(bytes)).toBe(crc32(bytes));
  }
});
