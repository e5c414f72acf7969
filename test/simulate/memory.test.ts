import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Ten years of a small shop: all of its records at once would take several times the heap that the process may have. */
const script = `
import { createShop } from './pipeline/simulate/simulate.ts';
import { createTruth } from './pipeline/simulate/truth.ts';
const shop = createShop({ seed: 'long', visitors: 9_000, start: Date.UTC(2020, 0, 1), days: 3_650 });
const truth = createTruth(shop);
let records = 0;
for (const hour of shop.history({ observer: truth.observer })) {
  for (const record of hour) truth.record(record);
  records += hour.length;
}
console.log(records);
`;

test('memory does not grow with the length of the period', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--max-old-space-size=64', '--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: new URL('../..', import.meta.url), encoding: 'utf8', timeout: 120_000 },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(Number(stdout)).toBeGreaterThan(150_000);
});
