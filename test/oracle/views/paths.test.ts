import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import { midnight } from './life.ts';
import { type PathsAsked, pathsOf } from './paths.ts';
import { type Ev, type Visit, visitsOf } from './people.ts';
import { random } from './random.ts';

const ZONE = 'Asia/Shanghai';
const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 1);
const SHOWN_MAX = 50;
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
/** Two addresses of some pages, a page that has none, and enough pages for more pairs than are shown. */
const PAGES = [
  ...['', 'https://s/', 'https://s', 'https://s/?r=1', 'https://s/a', 'https://s/a/', 'https://s/a?x=/b#/c'],
  ...Array.from({ length: 8 }, (_, n) => `https://s/p/${n}`),
];

/** Walks of up to a dozen pages with reloads, other events and ties between, over midnights; some buy, some are robots. */
function walks(seed: number, visitors: number): Ev[] {
  const r = random(seed);
  const events: Ev[] = [];
  for (let v = 0; v < visitors; v++) {
    const robot = v % 40 === 7;
    let time = START + r.below(4) * DAY + r.pick([0, 12, 15.99, 16, 20]) * 3_600_000;
    for (let n = 1 + r.below(12); n > 0; n--) {
      // Beyond the gap now and then, so that a visitor has several sessions.
      time += r.pick([0, 1, 30_000, 600_000, 1_800_000, 1_800_001]);
      const event_name = r.pick([
        'page_view',
        'page_view',
        'page_view',
        'page_view',
        'click',
        'purchase',
        'refund',
      ]);
      const paid = event_name === 'purchase' || event_name === 'refund';
      events.push({
        event_id: `e${events.length}`,
        event_name,
        event_time: time,
        visitor_id: `v${v}`,
        user_id: null,
        page_location: r.pick(r.chance(0.7) ? PAGES.slice(0, 6) : PAGES),
        ...(paid ? { transaction_id: `t${r.below(visitors)}`, currency: 'USD', value: 100 } : {}),
        ...(robot ? { user_agent: BOT } : {}),
      });
    }
  }
  return events;
}

const CASES: Array<Pick<PathsAsked, 'start' | 'end' | 'depth' | 'goal'>> = [
  { start: '', end: '', depth: 10, goal: '' },
  { start: '', end: '', depth: 2, goal: 'converted' },
  { start: '/a', end: '', depth: 3, goal: 'lost' },
  { start: '', end: '/', depth: 4, goal: '' },
  { start: '', end: '/p/3', depth: 1, goal: 'converted' },
  { start: '/nowhere', end: '', depth: 3, goal: '' },
];

let warehouse: Warehouse;
let visits: Visit[];
let converted: Set<Visit>;
beforeAll(async () => {
  warehouse = openWarehouse();
  warehouse.run(`INSERT INTO footfall.sites (site, timezone) VALUES ('shop', '${ZONE}')`);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  const events = walks(11, 700);
  await loadEvents(warehouse, events);
  // The first purchase of a transaction, whoever sent it: one id may be sent by several.
  const all = visitsOf(events);
  const first = new Map<string, Ev>();
  for (const e of [...events].sort(
    (a, b) => a.event_time - b.event_time || (a.event_id < b.event_id ? -1 : 1),
  ))
    if (e.event_name === 'purchase' && !first.has(e.transaction_id ?? ''))
      first.set(e.transaction_id ?? '', e);
  const sales = new Set(first.values());
  converted = new Set(all.filter(v => v.events.some(e => sales.has(e))));
  visits = all.filter(
    v => !v.events.some(e => e.user_agent === BOT) && v.events.some(e => e.event_name !== 'refund'),
  );
});
afterAll(() => warehouse.close());

describe('paths equals each session walked on its own', () => {
  it.each(CASES)('start $start, end $end, $depth steps, goal $goal', asked => {
    const expected = pathsOf(visits, converted, {
      ...asked,
      from: midnight('2026-11-02', ZONE),
      to: midnight('2026-11-04', ZONE),
    });
    const rows = warehouse.rows<{ step: number; from_page: string; to_page: string; sessions: number }>(
      `SELECT * FROM footfall.paths(site = 'shop', since = '2026-11-02', until = '2026-11-03', start = '${asked.start}',
         end = '${asked.end}', depth = ${asked.depth}, goal = '${asked.goal}')`,
    );
    expect([...new Set(rows.map(row => row.step))]).toEqual([...expected.keys()].sort((a, b) => a - b));
    for (const [step, pairs] of expected) {
      const own = rows.filter(row => row.step === step);
      const total = [...pairs.values()].reduce((a, b) => a + b, 0);
      expect(own.reduce((sum, row) => sum + row.sessions, 0)).toBe(total);
      const named = own.filter(row => row.from_page !== '(other)');
      expect(named.length).toBe(Math.min(SHOWN_MAX, pairs.size));
      const hidden = new Map(pairs);
      for (const row of named) {
        const pair = `${row.from_page} > ${row.to_page}`;
        expect(row.sessions, pair).toBe(hidden.get(pair));
        hidden.delete(pair);
      }
      expect(own.length).toBe(named.length + (hidden.size > 0 ? 1 : 0));
      // Which of equally frequent ones are left out is open.
      expect(Math.max(0, ...hidden.values())).toBeLessThanOrEqual(
        Math.min(...named.map(row => row.sessions)),
      );
    }
  });

  it('has enough of them to leave some out', () => {
    const all = pathsOf(visits, converted, { ...CASES[0], from: START, to: START + 9 * DAY } as PathsAsked);
    expect(all.get(1)?.size).toBeGreaterThan(SHOWN_MAX + 5);
    expect(converted.size).toBeGreaterThan(50);
  });
});
