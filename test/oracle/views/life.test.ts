import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { type Grain, lifecycle, type RetentionAsked, retention } from './life.ts';
import { type Ev, visitsOf } from './people.ts';
import { random } from './random.ts';

const DAY = 86_400_000;
const ZONE = 'America/New_York';
/** Over the end of daylight saving (1 November 2026). */
const START = Date.UTC(2026, 9, 10);
let warehouse: Warehouse;
let events: Ev[];
let asOf: number;

beforeAll(async () => {
  const r = random(7);
  events = [];
  for (let v = 0; v < 150; v++) {
    const accounts = r.pick([
      [null],
      [null],
      [`a${v}`],
      [null, `a${v}`],
      [`a${v - 1}`],
      [`a${v}`, `a${v - 1}`, null],
    ]);
    const base = START + r.below(20) * DAY;
    for (let n = 1 + r.below(8); n > 0; n--) {
      const name = r.pick(['page_view', 'view_item', 'add_to_cart']);
      // Around local midnight on purpose; after 20 November only some come.
      const time = base + r.below(25) * DAY + r.pick([3, 4, 5, 12]) * 3_600_000 + r.pick([0, -1, 1, 999]);
      events.push({
        event_id: `e${events.length}`,
        event_name: name,
        event_time: time,
        visitor_id: `v${v}`,
        user_id: r.pick(accounts),
      });
    }
  }
  asOf = Math.max(...events.map(e => e.event_time));
  warehouse = openWarehouse();
  warehouse.run(`INSERT INTO footfall.sites (site, timezone) VALUES ('shop', '${ZONE}')`);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  await loadEvents(warehouse, events);
});
afterAll(() => warehouse.close());

const SINCE = '2026-10-12';
const UNTIL = '2026-11-20';

describe('retention equals asking every person about every age', () => {
  const cases: Array<Pick<RetentionAsked, 'grain' | 'kind' | 'startEvent' | 'returnEvent'>> = [];
  for (const [startEvent, returnEvent] of [
    ['', ''],
    ['view_item', 'view_item'],
    ['', 'add_to_cart'],
    ['add_to_cart', ''],
  ] as const) {
    for (const grain of ['day', 'week', 'month'] as const) {
      for (const kind of ['on', 'on_or_after', 'recurring'] as const)
        cases.push({ grain, kind, startEvent, returnEvent });
    }
    cases.push({ grain: '24h', kind: 'on', startEvent, returnEvent });
  }
  it.each(cases)('$grain $kind from "$startEvent" to "$returnEvent"', asked => {
    const expected = retention(visitsOf(events), { ...asked, zone: ZONE, since: SINCE, until: UNTIL, asOf });
    const found = warehouse.rows<{
      cohort: string;
      age: number;
      eligible: number;
      retained: number;
      rate: number | null;
      mature: number;
    }>(
      `SELECT cohort, age, eligible, retained, rate, mature FROM footfall.retention(site = 'shop', since = '${SINCE}', until = '${UNTIL}',
       grain = '${asked.grain}', kind = '${asked.kind}', start_event = '${asked.startEvent}', return_event = '${asked.returnEvent}', by = '')`,
    );
    expect(Object.fromEntries(found.map(({ cohort, age, ...cell }) => [`${cohort} ${age}`, cell]))).toEqual(
      Object.fromEntries(expected),
    );
  });
});

describe('lifecycle equals asking every person about every period', () => {
  it.each<Grain>(['day', 'week', 'month'])('by %s', grain => {
    const expected = lifecycle(visitsOf(events), grain, ZONE, SINCE, UNTIL, asOf);
    const found = warehouse.rows<{
      period: string;
      new: number;
      returning: number;
      resurrected: number;
      dormant: number | null;
      dormant_pool: number;
    }>(
      `SELECT period, new, returning, resurrected, dormant, dormant_pool
       FROM footfall.lifecycle(site = 'shop', since = '${SINCE}', until = '${UNTIL}', grain = '${grain}', by = '')`,
    );
    expect(Object.fromEntries(found.map(({ period, ...row }) => [period, row]))).toEqual(
      Object.fromEntries(expected),
    );
  });
});
