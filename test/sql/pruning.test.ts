import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';
import { call, MARTS, parametersOf } from './asking.ts';

const MONTHS = 14;
/** The week asked lies in one month; windows, sessions that began before and the days compared with may lie in the next. */
const NEAR_MONTHS_MAX = 2;
const WEEK = { since: "'2026-06-08'", until: "'2026-06-14'", by: "'channel'", grain: "'day'" };

/** What a question about one week has to read beyond its neighbourhood, and why. */
const FURTHER: Record<string, { table: 'event_rows' | 'session_rows'; why: string }[]> = {
  activation: [
    { table: 'event_rows', why: "a person's first sign-up ever" },
    { table: 'session_rows', why: "a person's first sign-up ever" },
  ],
  campaigns: [{ table: 'session_rows', why: 'who was there before, who stayed after' }],
  channels: [{ table: 'session_rows', why: "a person's first visit ever" }],
  churn: [{ table: 'session_rows', why: 'everybody who ever bought' }],
  lifecycle: [{ table: 'session_rows', why: "a person's first visit ever" }],
  orders: [{ table: 'session_rows', why: 'the year before' }],
  payback: [{ table: 'session_rows', why: "a person's first visit ever" }],
  referrals: [{ table: 'session_rows', why: 'who invited 14 days before, who came back 30 days after' }],
  repurchase: [{ table: 'session_rows', why: "a person's first order ever" }],
  retention: [{ table: 'session_rows', why: "a person's first visit ever, and their returns" }],
  retention_summary: [{ table: 'session_rows', why: "a person's first visit ever, and their returns" }],
  stage_moves: [{ table: 'session_rows', why: 'everybody who was ever there' }],
  stickiness: [{ table: 'session_rows', why: 'the days since the last visit' }],
  support: [
    { table: 'event_rows', why: 'all of a case, from 90 days before to what came after' },
    { table: 'session_rows', why: 'all of a case, from 90 days before to what came after' },
  ],
  traffic: [
    { table: 'event_rows', why: 'the year before' },
    { table: 'session_rows', why: "the year before, a person's first visit ever" },
  ],
  winback: [{ table: 'session_rows', why: 'who was dormant' }],
};

interface Read {
  table: string;
  initial: number;
  selected: number;
  conditions: string[];
}

interface PlanNode {
  'Node Type': string;
  Description?: string;
  Indexes?: Array<{ Type: string; Condition?: string; 'Initial Parts': number; 'Selected Parts': number }>;
  Plans?: PlanNode[];
}

/** Reads of tables that the plan has; those that were ruled out before any index was asked have none. */
function readsOf(node: PlanNode): Read[] {
  const below = (node.Plans ?? []).flatMap(readsOf);
  const [first, last] = [node.Indexes?.[0], node.Indexes?.at(-1)];
  if (node['Node Type'] !== 'ReadFromMergeTree' || first === undefined || last === undefined) return below;
  const own = {
    table: node.Description?.replace(/^footfall\./, '') ?? '',
    initial: first['Initial Parts'],
    selected: last['Selected Parts'],
    conditions: (node.Indexes ?? []).map(index => index.Condition ?? ''),
  };
  return [own, ...below];
}

function planned(sql: string): Read[] {
  const text = warehouse.text(`EXPLAIN indexes = 1, json = 1 ${sql}`, 'TSVRaw');
  return (JSON.parse(text) as Array<{ Plan: PlanNode }>).flatMap(({ Plan }) => readsOf(Plan));
}

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = openWarehouse();
  // So far from UTC that a filter on local days would show.
  warehouse.run("INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Asia/Shanghai')");
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  const names =
    'page_view search view_item add_to_cart purchase page_timing support_contact survey_response'.split(' ');
  const events = Array.from({ length: MONTHS }, (_, month) =>
    names.map(
      (event_name): EventSketch => ({
        event_name,
        event_time: Date.UTC(2025, 9 + month, 12, 12),
        visitor_id: `v${month % 5}`,
        ...(event_name === 'purchase' ? { currency: 'USD', value: 1 } : {}),
      }),
    ),
  );
  await loadEvents(warehouse, events.flat());
});
afterAll(() => warehouse.close());

describe(`a question about a week of ${MONTHS} months reads its neighbourhood`, () => {
  const marts = MARTS.filter(mart =>
    ['site', 'since', 'until'].every(name => parametersOf(mart).includes(name)),
  );
  it.each(marts.map(mart => [mart.name, mart] as const))('%s', (name, mart) => {
    const reads = planned(`SELECT * FROM ${call(mart, WEEK)}`);
    const far = reads.filter(read => read.selected > NEAR_MONTHS_MAX);
    const further = new Set((FURTHER[name] ?? []).map(({ table }) => table as string));
    for (const table of ['event_rows', 'session_rows']) {
      const own = reads.filter(read => read.table === table);
      for (const read of own.filter(read => read.selected > 0))
        expect(read.initial).toBeGreaterThanOrEqual(MONTHS);
      if (further.has(table)) continue;
      // Which sessions are a bot's, of any time, is asked for orders and for the events of a funnel: by no period.
      const asked = own.filter(
        read => table === 'event_rows' || read.conditions.some(c => c.includes('id_time')),
      );
      expect(asked.filter(read => far.includes(read))).toEqual([]);
    }
    // Pruned by raw UTC: no zone, no day, between the column and its bounds.
    for (const read of reads)
      for (const c of read.conditions) expect(c).not.toMatch(/timezone|toDate\b|Shanghai/i);
  });
});

it('would see what is not pruned', () => {
  const sql =
    "SELECT count() FROM footfall.event_rows WHERE site = 'shop' AND toString(event_time, 'Asia/Shanghai') > '2026'";
  expect(planned(sql)).toMatchObject([{ table: 'event_rows', initial: MONTHS, selected: MONTHS }]);
});
