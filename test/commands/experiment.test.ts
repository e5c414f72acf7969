import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import type { Readout } from '../../pipeline/readout/model.ts';
import { textOf } from '../../pipeline/readout/text.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { type Ended, footfall } from '../support/footfall.ts';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { seededShares } from '../support/seeded.ts';

const database = 'footfall';
const DAY = 86_400_000;
const SINCE = Date.UTC(2026, 10, 1);
const AS_OF = SINCE + 16 * DAY;
/** A name that SQL and HTML both read as something else. */
const ODD = `it's <b>"odd"</b> \\`;

let clickhouse: TestClickHouse;
let client: ClickHouseClient;
let folder: string;

/** 1,600 people in three experiments at once, each assigned on its own; `banner` makes buyers, ODD loses a third of an arm. */
function history(): EventSketch[] {
  const next = seededShares(5);
  const out: EventSketch[] = [];
  for (let i = 0; i < 1600; i++) {
    const base = { visitor_id: `v${i}`, device: next() < 0.5 ? 'mobile' : 'desktop' };
    const at = SINCE + Math.floor(next() * 10 * DAY);
    const arm = next() < 0.5 ? 'control' : 'banner';
    const see = (experiment_id: string, variation_id: string): void => {
      out.push({ ...base, event_name: 'experiment_viewed', event_time: at, experiment_id, variation_id });
    };
    const buy = (when: number, id: string): void => {
      out.push({
        ...base,
        event_name: 'purchase',
        event_time: when,
        currency: 'EUR',
        value: 1000 + Math.floor(next() * 9000),
        transaction_id: `${id}${i}`,
      });
    };
    const keen = next() < 0.3;
    // Before: what CUPED takes away.
    if (keen && next() < 0.8) buy(at - 3 * DAY, 'b');
    see('banner', arm);
    see('tour', ['off', 'short', 'long'][Math.floor(next() * 3)] ?? 'off');
    const odd = next() < 0.5 ? 'x<y' : "x'y";
    if (odd === 'x<y' || next() < 0.66) see(ODD, odd);
    out.push({ ...base, event_name: 'page_view', event_time: at + 1_000 });
    if (next() < (keen ? 0.5 : 0.08) + (arm === 'banner' ? 0.14 : 0)) buy(at + DAY, 't');
  }
  out.push({ visitor_id: 'end', event_name: 'page_view', event_time: AS_OF });
  return out;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footfall-experiment-'));
  clickhouse = await startTestClickHouse({ keep: true });
  // Views of experiments take their time on a busy machine.
  client = clickhouse.client({ request_timeout: 300_000 });
  await migrateDatabase({ client, database });
  const insert = async (table: string, values: readonly unknown[]): Promise<void> => {
    await client.insert({
      table: `${database}.${table}`,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { max_partitions_per_insert_block: '0' },
    });
  };
  await insert('sites', [{ site: 'shop', timezone: 'Europe/Berlin', currency: 'EUR' }]);
  await insert('metrics', [
    { metric: 'bought', kind: 'proportion', event: 'purchase', value: 'any' },
    { metric: 'spent', kind: 'mean', event: 'purchase', value: 'revenue' },
    { metric: 'refunds', kind: 'mean', event: 'refund', value: 'count', direction: -1 },
  ]);
  const common = { site: 'shop', since: '2026-11-01 00:00:00', metrics: ['bought', 'spent', '!refunds'] };
  await insert('experiments', [
    { ...common, experiment: 'banner', until: '2026-11-15 00:00:00', variations: ['control', 'banner'] },
    { ...common, experiment: 'tour', variations: ['off', 'short', 'long'] },
    { ...common, experiment: ODD, variations: ['x<y', "x'y"], metrics: ['bought', 'not there'] },
    { ...common, experiment: 'elsewhere', site: 'nowhere', variations: ['a', 'b'] },
  ]);
  await client.command({ query: 'SYSTEM RELOAD DICTIONARIES' });
  const inserts: Array<Promise<void>> = [];
  await loadEvents({ insert: (table, values) => void inserts.push(insert(table, values)) }, history());
  await Promise.all(inserts);
}, 240_000);
afterAll(async () => {
  await clickhouse?.stop();
  for (const one of [folder, clickhouse?.dataDir])
    if (one !== undefined) await rm(one, { recursive: true, force: true });
});

const experiment = (...args: string[]): Promise<Ended> =>
  footfall(['experiment', ...args, '--data', clickhouse.dataDir]);
const rows = async <Row>(query: string): Promise<Row[]> => {
  const answer = await client.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return await answer.json<Row>();
};

describe('the terminal', () => {
  it('prints the verdict, every metric and arm, CUPED and health, beside a server that runs', async () => {
    const { code, stdout, stderr } = await experiment('banner', '--by', 'device');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^banner on shop: ended 15 Nov 2026; 14 whole days, 1,600 people\n\nSHIP BANNER\n/,
    );
    expect(stdout).toMatch(
      /raises bought, the share of people with a purchase, from [\d.]+ % to [\d.]+ %: a lift of\s+\+/,
    );
    expect(stdout).toMatch(
      /spent: net revenue \(EUR\) per person\n {2}control +\d+ +[\d.]+ EUR\n {2}banner /,
    );
    expect(stdout).toMatch(/with CUPED \+[\d.]+ % \(.*\), [\d.]+ % less noise/);
    expect(stdout).toMatch(/Of the guardrail refunds nothing can be said \(all values are equal:/);
    expect(stdout).toMatch(/HEALTH\n {2}all 10 checks hold: /);
    expect(stdout).toMatch(/BY DEVICE {2}exploratory.*\n\n.*\n {2}desktop +control /);
    expect(stdout).toBe(stripVTControlCharacters(stdout));
    expect(stdout).not.toMatch(/NaN|undefined|null/);

    // The numbers are the view's.
    const [row] = await rows<{ lift: number; p_adjusted: number; people: number }>(
      `SELECT lift, p_adjusted, people FROM ${database}.experiment_results(experiment = 'banner') WHERE is_primary AND NOT is_control`,
    );
    expect(stdout).toContain(`+${((row?.lift ?? 0) * 100).toFixed(1)} %`);
    expect(stdout).toMatch(new RegExp(`banner +${row?.people} `));
  }, 240_000);

  it('lists the experiments that there are', async () => {
    expect(await experiment('bannner')).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: unknown experiment 'bannner'; experiments: banner, elsewhere, ${ODD}, tour\n`,
    });
  });

  it('says that the site of an experiment is not known', async () => {
    expect(await experiment('elsewhere')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "error: the experiment 'elsewhere' is of the site 'nowhere', which no event has named yet; sites: shop\n",
    });
  });

  it('lists the dimensions that there are', async () => {
    const { code, stderr, stdout } = await experiment('banner', '--by', 'device,shoe_size');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^error: --by: unknown dimension 'shoe_size'; dimensions of an experiment: channel, .*new_or_returning\n$/,
    );
  });
});

describe('the page', () => {
  it('is written whole, and its SQL can be asked again', async () => {
    const file = join(folder, 'odd.html');
    const { code, stdout, stderr } = await experiment(ODD, '--html', file, '--by', 'device');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`${file}\n`);
    const page = await readFile(file, 'utf8');
    expect(page).toContain('<h1>it&#39;s &lt;b&gt;&quot;odd&quot;&lt;/b&gt; \\</h1>');
    // The split is not as planned, and a metric is not in the table metrics: said, not hidden.
    expect(page).toContain('Do not read these results');
    expect(page).toContain('the table metrics lacks not there');
    expect(page).toMatch(/Split between the variations: people exposed: x&lt;y \d+, x&#39;y \d+; not as/);
    expect(page).not.toMatch(/class="says (better|worse)"/);
    expect(page).not.toMatch(/NaN|undefined|\bnull\b/);
    const asked = [...page.matchAll(/<pre tabindex="0">([^<]*)<\/pre>/g)].map(([, sql = '']) =>
      sql.replace(
        /&(lt|gt|quot|#39|amp);/g,
        (_, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name] ?? '',
      ),
    );
    // The verdict, the figures twice, the course, the checks, the devices.
    expect(asked.length).toBe(6);
    expect(await rows(asked[0]?.replace(/;$/, '') ?? '')).toHaveLength(1);
  }, 240_000);

  it('says at once where it cannot be written', async () => {
    const { code, stderr } = await experiment('tour', '--html', join(folder, 'no/folder.html'));
    expect([code, stderr]).toEqual([2, `error: --html: there is no folder ${join(folder, 'no')}\n`]);
  });
});

it('reads a data directory on which nothing runs, and gives all of it as JSON', async () => {
  await clickhouse.stop();
  const { code, stdout, stderr } = await experiment('tour', '--json');
  expect([code, stderr]).toEqual([0, '']);
  const readout = JSON.parse(stdout) as Readout;
  expect([readout.overview.verdict, readout.overview.status]).toEqual(['keep running', 'running']);
  expect(readout.plan.metrics.map(metric => [metric.metric, metric.guardrail, metric.kind])).toEqual([
    ['bought', false, 'proportion'],
    ['spent', false, 'mean'],
    ['refunds', true, 'mean'],
  ]);
  expect([readout.plan.ended, readout.plan.until, readout.plan.as_of]).toEqual([
    false,
    null,
    '2026-11-17 00:00:00',
  ]);
  expect(readout.results.map(({ metric, variation, is_control }) => [metric, variation, is_control])).toEqual(
    ['bought', 'spent', 'refunds'].flatMap(metric =>
      ['off', 'short', 'long'].map(variation => [metric, variation, variation === 'off']),
    ),
  );
  expect(readout.timeline.at(-1)?.period).toBe('2026-11-17');
  expect(readout.segments).toEqual([]);
  expect(textOf(readout, { colour: false }).replace(/\s+/g, ' ')).toMatch(
    / KEEP RUNNING Nothing certain yet; .* worth knowing \(5 %\)\. /,
  );
}, 240_000);
