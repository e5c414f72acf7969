import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CATALOGUE } from '../../pipeline/simulate/catalogue.ts';
import { SHOP, SITES } from '../../pipeline/simulate/shop.ts';

const root = new URL('../..', import.meta.url);

function simulate(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['pipeline/commands/footfall.mjs', 'simulate', ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulate-command-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('writes a history, tells its counts, and does not write over it', () => {
  const out = join(folder, 'history');
  const given = ['--out', out, '--seed', 'x', '--visitors', '200', '--days', '3', '--end', '2026-03-01'];
  const first = simulate(...given);
  expect(first.stderr).toMatch(/^[\d,]+ records in [\d.]+ s, [\d,]+ a second\n$/);
  expect(first.status).toBe(0);
  const truth = JSON.parse(readFileSync(join(out, 'truth.json'), 'utf8'));
  expect(truth).toMatchObject({ seed: 'x', visitors: 200, days: 3, from: '2026-02-27', until: '2026-03-01' });
  expect(truth.counts.people).toBeGreaterThan(150);
  expect(truth.parameters).toEqual(
    JSON.parse(JSON.stringify({ ...SHOP, sites: SITES, catalogue: CATALOGUE })),
  );
  expect(truth.parameters.bgNbd).toEqual({ r: 0.9, alpha: 8, a: 0.8, b: 2.4 });
  expect(first.stdout).toMatch(new RegExp(`^records +${truth.counts.records.toLocaleString('en-US')}$`, 'm'));
  for (const day of ['2026-02-27', '2026-02-28', '2026-03-01']) {
    expect(existsSync(join(out, 'events', `${day}.avro`))).toBe(true);
  }
  const again = simulate(...given);
  expect(again.status).toBe(2);
  expect(again.stderr).toMatch(/a history is there already/);
});

test('many people are made in threads', () => {
  const out = join(folder, 'many');
  const { status, stderr } = simulate(
    '--out',
    out,
    '--visitors',
    '20000',
    '--days',
    '1',
    '--end',
    '2026-03-01',
  );
  expect(stderr).toMatch(/^[\d,]+ records in [\d.]+ s, [\d,]+ a second$/m);
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(join(out, 'truth.json'), 'utf8')).counts.people).toBeGreaterThan(14_000);
});

test.each([
  [[], /give --out DIR, or --kafka/],
  [['--out', 'x', '--end', '2026-02-30'], /--end 2026-02-30: a day like/],
  [['--out', 'x', '--visitors', '0'], /0: a whole number from 1 on/],
  [['--out', 'x', '--sites', 'shop,outlte'], /'outlte' is none of shop, outlet/],
  [['--kafka', '--topic', 't'], /KAFKA_BROKERS: not set/],
])('used wrongly: %s', (args, says) => {
  const { status, stdout, stderr } = simulate(...args);
  expect(stderr).toMatch(says);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
