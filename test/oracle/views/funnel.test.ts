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
