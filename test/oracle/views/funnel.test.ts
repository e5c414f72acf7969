import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { type Warehouse, openWarehouse } from '../../support/warehouse.ts';
import { type FunnelAsked, type Mode, attemptOf } from './funnel.ts';
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
    const accounts = r.pick([[null], [null], [`a${v}`], [null, `a${v}`], [`a${v - 1}`], [`a${v}`, `a${v - 1}`, null]]);
    const grid = r.pick([1, 1000, 600_000]);
    const base = START + r.below(5) * DAY + r.below(DAY);
    for (let n = 1 + r.below(9); n > 0; n--) {
      const time = base + r.below(r.chance(0.5) ? 4 : 12) * grid + (r.chance(0.2) ? r.below(3) * 20 * 3_600_000 : 0);
      events.push({
        event_id: `e${events.length}`,
        event_name: r.pick(['view_item', 'view_item', 'add_to_cart', 'begin_checkout', 'purchase', 'page_view', 'click']),
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
beforeAll(() => {
  warehouse = openWarehouse();
  events = log(20_261_101, 400);
  loadEvents(warehouse, events);
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
        const found = warehouse.rows<{ person_id: string; depth: number; mature_depth: number; open: number; step_times: number[] }>(
          `SELECT person_id, depth, mature_depth, open, step_times FROM footfall.funnel_attempts(site = 'shop', since = '2026-11-02',
           until = '2026-11-05', steps = [${quoted}], within = ${within}, mode = '${mode}', grain = '', by = '')`,
        );
        expect(found.length).toBe(Object.keys(expected).length);
        expect(
          Object.fromEntries(
            found.map(row => [
              row.person_id,
              { depth: row.depth, matureDepth: row.mature_depth, open: row.open === 1, stepTimes: row.step_times },
            ]),
          ),
        ).toEqual(expected);
        expect(found.some(row => row.depth > 1)).toBe(true);
      });
    }
  }
});
