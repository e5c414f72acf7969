import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventSketch, loadEvents } from '../support/load.ts';
import { seededShares } from '../support/seeded.ts';
import type { Warehouse } from '../support/warehouse.ts';
import { openWarehouse } from '../support/warehouse.ts';
import { type Arm, compare, holm, normalCdf, normalCritical } from './naive.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const SINCE = Date.UTC(2026, 10, 2);
const AS_OF = SINCE + 20 * DAY;
const VARIATIONS = ['a', 'b', 'c'];

interface Metric {
  metric: string;
  kind: 'proportion' | 'mean' | 'ratio';
  event: string;
  value: string;
  denominator_event?: string;
  denominator_value?: string;
  delay_hours?: number;
  window_hours?: number;
  direction?: number;
  cap_percentile?: number;
}
const METRICS: Metric[] = [
  { metric: 'buyers', kind: 'proportion', event: 'purchase', value: 'any', window_hours: 72 },
  { metric: 'revenue', kind: 'mean', event: 'purchase', value: 'revenue', cap_percentile: 0.95 },
  {
    metric: 'order_value',
    kind: 'ratio',
    event: 'purchase',
    value: 'revenue',
    denominator_event: 'purchase',
    denominator_value: 'count',
  },
  { metric: 'views', kind: 'mean', event: 'page_view', value: 'count' },
  { metric: 'day_7', kind: 'proportion', event: '', value: 'any', delay_hours: 144, window_hours: 24 },
  {
    metric: 'lcp',
    kind: 'ratio',
    event: 'page_timing',
    value: 'metrics.lcp_ms',
    denominator_event: 'page_timing',
    denominator_value: 'count',
    direction: -1,
  },
  { metric: 'units', kind: 'mean', event: 'purchase', value: 'quantity', delay_hours: 24, window_hours: 96 },
  { metric: 'attention', kind: 'mean', event: 'page_view', value: 'engagement_time_ms', window_hours: 48 },
];

/** 900 visitors, some with one account on two browsers, some seeing two variations, exposed over twelve days. */
function history(): EventSketch[] {
  const next = seededShares(7);
  const events: EventSketch[] = [];
  for (let i = 0; i < 900; i++) {
    const visitor = `v${i}`;
    const user = next() < 0.2 ? `u${Math.floor(next() * 120)}` : null;
    const arm = Math.floor(next() * 3);
    const exposed = SINCE + Math.floor(next() * 12 * DAY);
    const base = { visitor_id: visitor, user_id: user, device: next() < 0.4 ? 'mobile' : 'desktop' };
    const keen = next() < 0.4 ? 3 : 1;
    events.push({
      ...base,
      event_name: 'experiment_viewed',
      event_time: exposed,
      experiment_id: 'e',
      variation_id: VARIATIONS[arm] ?? '',
    });
    if (next() < 0.004)
      events.push({
        ...base,
        event_name: 'experiment_viewed',
        event_time: exposed + 5000,
        experiment_id: 'e',
        variation_id: 'c',
      });
    if (next() < 0.3)
      events.push({
        ...base,
        event_name: 'experiment_viewed',
        event_time: exposed + DAY,
        experiment_id: 'e',
        variation_id: VARIATIONS[arm] ?? '',
      });
    for (let k = 0; k < keen * 6; k++) {
      const at = exposed + Math.floor((next() - 0.4) * 16 * DAY);
      if (at > AS_OF) continue;
      const kind = next();
      if (kind < 0.5)
        events.push({
          ...base,
          event_name: 'page_view',
          event_time: at,
          engagement_time_ms: Math.floor(next() * 60_000),
        });
      else if (kind < 0.7)
        events.push({
          ...base,
          event_name: 'page_timing',
          event_time: at,
          metrics: { lcp_ms: 800 + Math.floor(next() * 4000) },
        });
      else
        events.push({
          ...base,
          event_name: 'purchase',
          event_time: at,
          currency: 'USD',
          value: 500 + Math.floor(next() ** 4 * 40_000) + arm * 300,
          transaction_id: `t${i}-${k}`,
          items: [{ item_id: 'i', price: 500, quantity: 1 + Math.floor(next() * 4) }],
        });
    }
  }
  // The last event of the log says how far it goes.
  events.push({ visitor_id: 'end', event_name: 'page_view', event_time: AS_OF });
  return events;
}

/** Arms from the events themselves, by the definitions' words. */
function naiveArms(
  events: EventSketch[],
  m: Metric,
  only: (e: EventSketch) => boolean = () => true,
  asOf = AS_OF,
): Arm[] {
  const all = events.map((e, i) => ({ ...e, at: Number(e.event_time), id: `e${i + 1}` }));
  const account = new Map<string, string>();
  for (const e of [...all].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)))
    if (e.user_id) account.set(e.visitor_id ?? '', e.user_id);
  const person = (e: { visitor_id?: string }): string =>
    account.get(e.visitor_id ?? '') ?? `v:${e.visitor_id}`;
  const units = new Map<string, { at: number; variation: string; seen: Set<string>; event: EventSketch }>();
  for (const e of all) {
    if (e.event_name !== 'experiment_viewed') continue;
    const unit = units.get(person(e)) ?? {
      at: Number.POSITIVE_INFINITY,
      variation: '',
      seen: new Set(),
      event: e,
    };
    unit.seen.add(e.variation_id ?? '');
    if (e.at < unit.at) Object.assign(unit, { at: e.at, variation: e.variation_id ?? '', event: e });
    units.set(person(e), unit);
  }
  const mine = new Map<string, typeof all>();
  for (const e of all) mine.set(person(e), [...(mine.get(person(e)) ?? []), e]);
  const amount = (e: (typeof all)[number], event: string, value: string): number => {
    if (event !== '' && e.event_name !== event) return 0;
    if (value === 'count' || value === 'any') return 1;
    if (value === 'revenue') return (e.value ?? 0) / 100;
    if (value === 'quantity') return (e.items ?? []).reduce((sum, item) => sum + (item.quantity ?? 1), 0);
    if (value === 'engagement_time_ms') return e.engagement_time_ms ?? 0;
    return e.metrics?.[value.slice('metrics.'.length)] ?? 0;
  };
  const arms: Arm[] = VARIATIONS.map(() => ({ y: [], d: [], x: [] }));
  for (const [id, unit] of units) {
    if (unit.seen.size > 1 || !only(unit.event)) continue;
    const from = unit.at + (m.delay_hours ?? 0) * HOUR;
    const to = m.window_hours ? from + m.window_hours * HOUR : asOf + 1;
    if (m.window_hours ? to > asOf : from > asOf) continue;
    const sum = (low: number, high: number, event: string, value: string, any: boolean): number => {
      const total = (mine.get(id) ?? [])
        .filter(e => e.at >= low && e.at < high)
        .reduce((s, e) => s + amount(e, event, value), 0);
      return any ? Number(total > 0) : total;
    };
    const arm = arms[VARIATIONS.indexOf(unit.variation)];
    const any = m.value === 'any';
    arm?.y.push(sum(from, to, m.event, m.value, any));
    arm?.x.push(sum(unit.at - 14 * DAY, unit.at, m.event, m.value, any));
    arm?.d.push(
      m.denominator_value ? sum(from, to, m.denominator_event ?? '', m.denominator_value, false) : 0,
    );
  }
  if (m.cap_percentile) {
    for (const key of ['y', 'd', 'x'] as const) {
      const values = arms.flatMap(arm => arm[key]).sort((a, b) => a - b);
      const cap = values[Math.floor(m.cap_percentile * values.length)] ?? Number.NaN;
      for (const arm of arms) arm[key] = arm[key].map(v => Math.min(v, cap));
    }
  }
  return arms;
}

interface Row {
  metric: string;
  variation: string;
  is_control: boolean;
  people: number;
  mature_people: number;
  verdict: string;
  [column: string]: number | string | boolean | null;
}

let warehouse: Warehouse;
let events: EventSketch[];
let results: Row[];
beforeAll(async () => {
  warehouse = openWarehouse();
  events = history();
  warehouse.insert('sites', [{ site: 'shop', timezone: 'America/New_York' }]);
  warehouse.insert(
    'metrics',
    METRICS.map(m => ({ ...m })),
  );
  warehouse.insert('experiments', [
    {
      experiment: 'e',
      site: 'shop',
      since: '2026-11-02 00:00:00',
      variations: VARIATIONS,
      metrics: METRICS.map(m => (m.metric === 'lcp' ? '!lcp' : m.metric)),
    },
  ]);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  await loadEvents(warehouse, events);
  // Delivered twice: nothing may change.
  warehouse.run(
    "INSERT INTO footfall.event_rows SELECT * FROM footfall.event_rows WHERE event_name IN ('purchase', 'experiment_viewed', 'page_view')",
  );
  results = warehouse.rows<Row>("SELECT * FROM footfall.experiment_results(experiment = 'e')");
}, 240_000);
afterAll(() => warehouse.close());

function close(actual: unknown, expected: number): void {
  expect(typeof actual).toBe('number');
  expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
}

describe('experiment_results against the long way', () => {
  it('has a row for every metric and variation, the control first', () => {
    expect(results.map(r => `${r.metric} ${r.variation}`)).toEqual(
      METRICS.flatMap(m => VARIATIONS.map(v => `${m.metric} ${v}`)),
    );
  });

  it.each(METRICS.map(m => [m.metric, m] as const))('%s', (_, m) => {
    const arms = naiveArms(events, m);
    const control = arms[0];
    for (const [i, arm] of arms.entries()) {
      const row = results.find(r => r.metric === m.metric && r.variation === VARIATIONS[i]);
      if (row === undefined || control === undefined) throw new Error('no row');
      expect(row.mature_people).toBe(arm.y.length);
      if (i === 0) {
        expect(row.difference).toBeNull();
        expect(row.p_value).toBeNull();
        continue;
      }
      const expected = compare(m.kind, arm, control);
      close(row.mean, expected.mean);
      close(row.difference, expected.difference);
      close(row.difference_low, expected.low);
      close(row.difference_high, expected.high);
      close(row.p_value, expected.p);
      close(row.lift, expected.lift);
      close(row.lift_low, expected.liftLow);
      close(row.lift_high, expected.liftHigh);
      if (expected.cuped === null) expect(row.cuped_difference).toBeNull();
      else {
        close(row.cuped_difference, expected.cuped.difference);
        close(row.cuped_difference_low, expected.cuped.low);
        close(row.cuped_p_value, expected.cuped.p);
        close(row.cuped_lift, expected.cuped.lift);
        close(row.cuped_lift_low, expected.cuped.liftLow);
      }
    }
  });

  it('adjusts by Holm over metrics × arms without the guardrail', () => {
    const family = results.filter(r => !r.is_control && r.metric !== 'lcp').map(r => Number(r.p_value));
    const adjusted = holm(family);
    for (const row of results.filter(r => !r.is_control)) {
      if (row.metric === 'lcp') expect(row.p_adjusted).toBe(row.p_value);
      else close(row.p_adjusted, adjusted[family.indexOf(Number(row.p_value))] ?? Number.NaN);
    }
  });

  it.each(METRICS.map(m => [m.metric, m] as const))(
    '%s: what else is said of a difference follows from its error',
    (_, m) => {
      const arms = naiveArms(events, m);
      const [control] = arms;
      if (control === undefined) throw new Error('no control');
      // Two variations of seven metrics share alpha; the guardrail has its own.
      const alpha = m.metric === 'lcp' ? 0.05 : 0.05 / 14;
      for (const [i, arm] of arms.entries()) {
        const row = results.find(r => r.metric === m.metric && r.variation === VARIATIONS[i]);
        if (i === 0 || row === undefined) continue;
        const expected = compare(m.kind, arm, control);
        const { error, treated: t, control: c } = expected;
        const gain = expected.difference * (m.direction ?? 1);
        close(row.total, m.kind === 'ratio' ? arm.y.reduce((a, b) => a + b, 0) : t.m * t.n);
        close(row.chance_to_win, normalCdf(gain / error));
        const density = Math.exp(-0.5 * (gain / error) ** 2) / Math.sqrt(2 * Math.PI);
        close(row.risk, error * density - gain * normalCdf(-gain / error));

        const nr = ((t.n + c.n) * (-2 * Math.log(0.05) + Math.log(1 - 2 * Math.log(0.05)))) / 5000;
        const half = error * Math.sqrt(((2 * (nr + 1)) / nr) * Math.log(Math.sqrt(nr + 1) / 0.05));
        close(row.always_valid_low, expected.difference - half);
        close(row.always_valid_high, expected.difference + half);
        close(
          row.always_valid_p,
          Math.min(
            1,
            Math.sqrt(nr + 1) * Math.exp((-nr * (expected.difference / error) ** 2) / (2 * (nr + 1))),
          ),
        );

        const z = normalCritical(alpha);
        const shift = (0.05 * Math.abs(c.m)) / error;
        close(row.power, 1 - normalCdf(z - shift) + normalCdf(-z - shift));
        // The lift that is k of its own standard errors from 0.
        const k = z + normalCritical(0.4);
        const seen = Number(row.minimum_detectable_lift);
        close((seen * c.m) ** 2 / (k * k), t.s / t.n + ((1 + seen) ** 2 * c.s) / c.n);
        // Fieller's ends are where the difference from so many times the control is just what chance may bring.
        for (const lift of [Number(row.lift_fieller_low), Number(row.lift_fieller_high)])
          close(
            ((t.m - (1 + lift) * c.m) / expected.critical) ** 2,
            t.s / t.n + ((1 + lift) ** 2 * c.s) / c.n,
          );
        if (expected.cuped !== null) close(row.variance_removed, 1 - (expected.cuped.error / error) ** 2);
      }
    },
  );
});

describe('experiment_timeline', () => {
  it('ends where experiment_results stands, with a row for every day', () => {
    const rows = warehouse.rows<Row>("SELECT * FROM footfall.experiment_timeline(experiment = 'e')");
    const days = [...new Set(rows.map(r => String(r.period)))];
    // 2 November 00:00 UTC is still the 1st in New York; as_of is the evening of the 21st there.
    expect(days[0]).toBe('2026-11-01');
    expect(days.at(-1)).toBe('2026-11-21');
    expect(days.length).toBe(21);
    expect(rows.length).toBe(21 * METRICS.length * 3);
    for (const row of rows.filter(r => r.period === days.at(-1))) {
      const whole = results.find(r => r.metric === row.metric && r.variation === row.variation);
      expect(row.people).toBe(whole?.mature_people);
      close(row.mean, Number(whole?.mean));
      if (!row.is_control) {
        close(row.difference, Number(whole?.difference));
        close(row.always_valid_low, Number(whole?.always_valid_low));
        close(row.lift, Number(whole?.lift));
      }
    }
  });

  it('shows each day as it stood: the same as asking when the log ended there', () => {
    const rows = warehouse.rows<Row>("SELECT * FROM footfall.experiment_timeline(experiment = 'e')");
    let left = 0;
    for (const day of [3, 6, 10, 14, 17]) {
      // Local midnight in New York, after the change of the clocks.
      const end = SINCE + day * DAY + 5 * HOUR;
      const before = events.filter(e => Number(e.event_time) < end);
      for (const m of METRICS) {
        const arms = naiveArms(before, m, undefined, end - 1);
        const knownLater = naiveArms(events, m, undefined, end - 1);
        for (const [i, arm] of arms.entries()) {
          const row = rows.find(
            r =>
              r.period === new Date(SINCE + (day - 1) * DAY).toISOString().slice(0, 10) &&
              r.metric === m.metric &&
              r.variation === VARIATIONS[i],
          );
          expect(row?.people).toBe(arm.y.length);
          left += arm.y.length - (knownLater[i]?.y.length ?? 0);
          const [control] = arms;
          if (i === 0 || arm.y.length < 2 || control === undefined || control.y.length < 2) continue;
          const expected = compare(m.kind, arm, control);
          if (!Number.isFinite(expected.p)) continue;
          close(row?.mean, expected.mean);
          close(row?.difference, expected.difference);
          close(row?.lift, expected.lift);
        }
      }
    }
    // People who saw a second variation later on are in: else this would show nothing.
    expect(left).toBeGreaterThan(0);
  });
});

describe('experiment_segments', () => {
  it('is experiment_results among the people of each dimension', () => {
    const rows = warehouse.rows<Row>(
      "SELECT * FROM footfall.experiment_segments(experiment = 'e', by = 'device')",
    );
    expect([...new Set(rows.map(r => r.dimension))]).toEqual(['desktop', 'mobile']);
    const views = METRICS[3];
    if (views === undefined) throw new Error('no metric');
    for (const device of ['desktop', 'mobile']) {
      const arms = naiveArms(events, views, e => e.device === device);
      const row = rows.find(r => r.dimension === device && r.metric === 'views' && r.variation === 'b');
      const [control, treated] = arms;
      if (row === undefined || control === undefined || treated === undefined) throw new Error('no row');
      expect(row.mature_people).toBe(treated.y.length);
      close(row.difference, compare('mean', treated, control).difference);
      close(row.p_value, compare('mean', treated, control).p);
      expect(row.note).toBe('exploratory');
    }
  });
  it('has the columns of experiment_results, and adjusts over the dimensions too', () => {
    const rows = warehouse.rows<Row>(
      "SELECT * FROM footfall.experiment_segments(experiment = 'e', by = 'device')",
    );
    const columns = Object.keys(results[0] ?? {}).filter(name => name !== 'days_left');
    expect(Object.keys(rows[0] ?? {})).toEqual(['dimension', ...columns, 'note']);
    const people = (row: Row, variation: string): number =>
      rows.find(r => r.dimension === row.dimension && r.metric === row.metric && r.variation === variation)
        ?.people ?? 0;
    const family = rows.filter(
      r => !r.is_control && r.metric !== 'lcp' && Math.min(r.people, people(r, 'a')) >= 100,
    );
    expect(new Set(family.map(r => r.dimension))).toEqual(new Set(['desktop', 'mobile']));
    const adjusted = holm(family.map(r => Number(r.p_value)));
    for (const [i, row] of family.entries()) close(row.p_adjusted, adjusted[i] ?? Number.NaN);
  });
  it('says which dimensions it knows', () => {
    expect(() =>
      warehouse.rows("SELECT * FROM footfall.experiment_segments(experiment = 'e', by = 'shoe_size')"),
    ).toThrow(/unknown dimension 'shoe_size'; dimensions of an experiment: channel/);
  });
});

describe('an unknown experiment', () => {
  it.each(['experiment_results', 'experiment_health', 'experiment_timeline'])(
    '%s lists the known ones',
    view => {
      expect(() => warehouse.rows(`SELECT * FROM footfall.${view}(experiment = 'nope')`)).toThrow(
        /unknown experiment 'nope'; experiments: e/,
      );
    },
  );
});
