import { expect, test } from 'vitest';
import { fuzz } from '../fuzz/decode.ts';

test('5,000 broken messages, and schemas and files among them, each get an outcome', async () => {
  const { counts, failures } = await fuzz({ messages: 5000, seed: 7 });
  expect(failures).toEqual([]);
  // A fuzzer that only made noise, or only sound messages, would find nothing.
  for (const outcome of ['event', 'empty', 'oversized', 'unframed', 'undecodable', 'unknown id']) {
    expect(counts[outcome], outcome).toBeGreaterThan(10);
  }
  for (const what of ['schema read', 'schema refused', 'file refused'])
    expect(counts[what], what).toBeGreaterThan(0);
});
