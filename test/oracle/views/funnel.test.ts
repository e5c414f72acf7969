import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { attemptOf, type FunnelAsked, type Mode } from './funnel.ts';
import { type Ev, eventsByPerson, visitsOf } from './people.ts';
import { random } from './random.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 1);

/**
 * Many people in one log, each a case of its own: few names, so that steps overlap; times on a coarse grid, so that events
 * tie; some accounts over several visitors, and some devices over several accounts.
 */
function log(seed: number, visitors: number): Ev[] {
  const r = random(seed);
  const events: Ev[] = [];
  for (let v = 0; v < visitors; v++) {
    const accounts = r.pick([
      [null],
      [null],
      [`a${v}`],
      [null, `a${v}`],
      [`a${v - 1}`],
      [`a${v}`, `a${v - 1}`, null],
    ]);
    const grid = r.pick([1, 1000, 600_000]);
    const base = START + r.below(5) * DAY + r.below(DAY);
    for (let n = 1 + r.below(9); n > 0; n--) {
      const time =
        base + r.below(r.chance(0.5) ? 4 : 12) * grid + (r.chance(0.2) ? r.below(3) * 20 * 3_600_000 : 0);
      events.push({
        event_id: `e${events.length}`,
        event_name: r.pick([
          'view_item',
          'view_item',
          'add_to_cart',
          'begin_checkout',
          'purchase',
          'page_view',
          'click',
        ]),
        event_time: time,
        visitor_id: `v${v}`,
        user_id: r.pick(accounts),
        country: r.pick(['DE', 'FR']),
        params: { size: r.pick(['s', 'm']) },
      });
    }
  }
  return events;
}

const CASES: Array<{ steps: string[]; within: number }> = [
  { steps: ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'], within: 86_400 },
  { steps: ['view_item', 'view_item'], within: 3 },
  { steps: ['view_item|add_to_cart', 'add_to_cart', 'add_to_cart|begin_checkout'], within: 7_200 },
  { steps: ['view_item', 'add_to_cart?', 'purchase'], within: 1 },
  { steps: ['page_view|click', 'add_to_cart?', 'purchase?', 'begin_checkout|view_item'], within: 100_000 },
  { steps: ['view_item:size=m', 'add_to_cart:country=DE', 'purchase|view_item'], within: 200_000 },
];
const MODES: Mode[] = ['', 'strict_order', 'strict_deduplication', 'strict_increase'];

let warehouse: Warehouse;
let events: Ev[];
beforeAll(async () => {
  warehouse = openWarehouse();
  events = log(20_261_101, 400);
  await loadEvents(warehouse, events);
});
afterAll(() => warehouse.close());

describe('funnel_attempts equals every attempt tried by hand', () => {
  for (const { steps, within } of CASES) {
    for (const mode of MODES) {
      it(`${steps.join(' > ')} within ${within} s ${mode}`, () => {
        const asked: FunnelAsked = {
          steps,
          withinMs: within * 1000,
          mode,
          from: START + DAY,
          to: START + 5 * DAY,
          asOf: Math.max(...events.map(e => e.event_time)),
        };
        const expected: Record<string, unknown> = {};
        for (const [person, own] of eventsByPerson(visitsOf(events))) {
          const attempt = attemptOf(own, asked);
          if (attempt !== null) expected[person] = attempt;
        }
        const quoted = steps.map(step => `'${step}'`).join(', ');
        const found = warehouse.rows<{
          person_id: string;
          depth: number;
          mature_depth: number;
          open: number;
          step_times: number[];
        }>(
          `SELECT person_id, depth, mature_depth, open, step_times FROM footfall.funnel_attempts(site = 'shop', since = '2026-11-02',
           until = '2026-11-05', steps = [${quoted}], within = ${within}, mode = '${mode}', grain = '', by = '')`,
        );
        expect(found.length).toBe(Object.keys(expected).length);
        expect(
          Object.fromEntries(
            found.map(row => [
              row.person_id,
              {
                depth: row.depth,
                matureDepth: row.mature_depth,
                open: row.open === 1,
                stepTimes: row.step_times,
              },
            ]),
          ),
        ).toEqual(expected);
        expect(found.some(row => row.depth > 1)).toBe(true);
      });
    }
  }
});

describe('funnel_trend equals a funnel for each day', () => {
  it.each(MODES)('%s', mode => {
    const steps = ['view_item', 'add_to_cart', 'purchase'];
    const asOf = Math.max(...events.map(e => e.event_time));
    const people = [...eventsByPerson(visitsOf(events)).values()];
    const expected: unknown[] = [];
    for (let day = 0; day < 4; day++) {
      const from = START + (1 + day) * DAY;
      const attempts = people.flatMap(
        own => attemptOf(own, { steps, withinMs: 7_200_000, mode, from, to: from + DAY, asOf }) ?? [],
      );
      for (let k = 1; k <= steps.length; k++) {
        expected.push({
          period: new Date(from).toISOString().slice(0, 10),
          step: k,
          people: attempts.filter(a => a.depth >= k).length,
          dropped: attempts.filter(a => a.depth === k - 1 && !a.open).length,
          pending: attempts.filter(a => a.depth === k - 1 && a.open).length,
          mature_people: attempts.filter(a => a.matureDepth >= k).length,
          mature_entrants: attempts.filter(a => a.matureDepth >= 1).length,
        });
      }
    }
    expect(
      warehouse.rows(
        `SELECT period, step, people, dropped, pending, mature_people, mature_entrants
         FROM footfall.funnel_trend(site = 'shop', since = '2026-11-02', until = '2026-11-05',
           steps = ['view_item', 'add_to_cart', 'purchase'], within = 7200, mode = '${mode}', grain = 'day')`,
      ),
    ).toEqual(expected);
  });
});

describe('time_to_convert equals the attempts put into buckets by hand', () => {
  it.each([
    { steps: ['view_item', 'purchase'], within: 86_400 },
    { steps: ['view_item', 'add_to_cart?', 'begin_checkout|purchase'], within: 7_200 },
    { steps: ['view_item', 'view_item'], within: 60 },
    { steps: ['page_view|click'], within: 200_000 },
  ])('$steps within $within s', ({ steps, within }) => {
    const asOf = Math.max(...events.map(e => e.event_time));
    const attempts = [...eventsByPerson(visitsOf(events)).values()].flatMap(
      own =>
        attemptOf(own, {
          ...{ steps, withinMs: within * 1000, mode: '', asOf },
          ...{ from: START + DAY, to: START + 6 * DAY },
        }) ?? [],
    );
    const secondsOf = (some: typeof attempts): number[] =>
      some
        .filter(a => (a.stepTimes.at(-1) ?? 0) > 0)
        .map(a => ((a.stepTimes.at(-1) ?? 0) - (a.stepTimes[0] ?? 0)) / 1000)
        .sort((a, b) => a - b);
    const all = secondsOf(attempts);
    const mature = secondsOf(attempts.filter(a => a.matureDepth === a.depth));
    const quantile = (q: number): number | null => {
      const at = q * (mature.length - 1);
      const [low, high] = [mature[Math.floor(at)], mature[Math.ceil(at)]];
      return low === undefined || high === undefined ? null : low + (at - Math.floor(at)) * (high - low);
    };
    const rows = warehouse.rows<Record<string, number | null>>(
      `SELECT * FROM footfall.time_to_convert(site = 'shop', since = '2026-11-02', until = '2026-11-06',
         steps = [${steps.map(step => `'${step}'`).join(', ')}], within = ${within})`,
    );
    const known = attempts.some(a => a.matureDepth > 0);
    expect(all.length).toBeGreaterThan(20);
    expect(rows.reduce((sum, row) => sum + (row.people ?? 0), 0)).toBe(all.length);
    expect(rows[0]?.from_seconds).toBe(0);
    expect(rows.at(-1)?.to_seconds).toBe(within);
    for (const [i, row] of rows.entries()) {
      const [from, to] = [row.from_seconds ?? 0, row.to_seconds ?? 0];
      expect(from).toBe(i === 0 ? 0 : rows[i - 1]?.to_seconds);
      const isIn = (x: number): boolean => x >= from && (i === rows.length - 1 ? x <= to : x < to);
      expect(row.people).toBe(all.filter(isIn).length);
      expect(row.mature_people).toBe(mature.filter(isIn).length);
      if (mature.length === 0)
        expect([row.share, row.median_seconds, row.p90_seconds]).toEqual([null, null, null]);
      else {
        expect(row.share).toBeCloseTo(mature.filter(isIn).length / mature.length, 12);
        expect(row.median_seconds).toBeCloseTo(quantile(0.5) ?? -1, 6);
        expect(row.p90_seconds).toBeCloseTo(quantile(0.9) ?? -1, 6);
      }
      expect(row.mature).toBe(known ? 1 : 0);
    }
  });
});

describe('the sum over `by` equals the total', () => {
  it.each(['country', 'new_or_returning', 'channel'])('%s', by => {
    const sums = (dimension: string): unknown =>
      warehouse.rows(
        `SELECT step, sum(people) AS people, sum(dropped) AS dropped, sum(pending) AS pending, sum(mature_people) AS mature_people
         FROM footfall.funnel(site = 'shop', since = '2026-11-02', until = '2026-11-05', steps = ['view_item', 'add_to_cart', 'purchase'],
           within = 7200, mode = '', by = '${dimension}') GROUP BY step ORDER BY step`,
      );
    expect(sums(by)).toEqual(sums(''));
  });
});
