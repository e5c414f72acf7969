import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEvents } from '../../support/load.ts';
import { openWarehouse, type Warehouse } from '../../support/warehouse.ts';
import type { Ev } from './people.ts';
import { random } from './random.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** A Sunday that is judged; the clocks went back a week before, so that weekdays are not 168 hours apart. */
const JUDGED = '2026-11-08';
const START = Date.UTC(2026, 8, 1);
const AS_OF = '2026-11-09 12:00:00';

let warehouse: Warehouse;
beforeAll(async () => {
  const r = random(11);
  const events: Ev[] = [];
  for (let v = 0; v < 220; v++) {
    const device = r.pick(['mobile', 'mobile', 'desktop']);
    for (let n = 1 + r.below(12); n > 0; n--) {
      // Sundays on purpose.
      const day = r.chance(0.6) ? START + 5 * DAY + r.below(10) * WEEK : START + r.below(70) * DAY;
      const event = {
        visitor_id: `v${v}`,
        user_id: r.chance(0.2) ? `a${v % 150}` : null,
        device,
        event_time: day + r.pick([4, 5, 14, 27]) * 3_600_000 + r.below(60_000),
      };
      events.push({ event_id: `e${events.length}`, event_name: 'page_view', ...event });
      if (r.chance(0.5))
        events.push({
          ...event,
          event_id: `e${events.length}`,
          event_name: 'purchase',
          transaction_id: `t${events.length}`,
          currency: 'USD',
          value: 100 + r.below(9_900),
        });
    }
  }
  warehouse = openWarehouse();
  warehouse.insert('sites', [
    { site: 'shop', timezone: 'America/New_York', dormant_days: 6, churned_days: 12 },
  ]);
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
  await loadEvents(
    warehouse,
    events.filter(e => e.event_time < Date.UTC(2026, 10, 9, 17)),
  );
});
afterAll(() => warehouse.close());

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
};

interface Day {
  period: string;
  dimension: string;
  value: number | null;
  n: number;
}

interface Judged {
  value: number | null;
  expected: number;
  score: number;
  alarm: number;
  weeks: number;
}

/** The definition, read out: the newest day against the others. */
function judge(days: Day[], rate: boolean): Judged {
  const [today, ...earlier] = days;
  const known = earlier.map(d => d.value).filter(value => value !== null);
  const expected = median(known);
  const spread = 1.4826 * median(known.map(value => Math.abs(value - expected)));
  const n = today?.n ?? 0;
  const chance = rate ? Math.sqrt((expected * (1 - expected)) / n) : Math.sqrt(Math.max(expected, 1));
  const scale = Math.max(spread, chance) || 1 / n;
  const score = ((today?.value ?? 0) - expected) / scale;
  return {
    value: today?.value ?? null,
    expected,
    score,
    alarm: Math.abs(score) >= 4 ? 1 : 0,
    weeks: known.length,
  };
}

/** The same weekdays as another view has them, newest first. */
function daysOf(view: string, value: string, n: string, by: string): Day[] {
  return warehouse.rows<Day>(
    `SELECT toString(v.period) AS period, dimension, toFloat64(${value}) AS value, toFloat64(${n}) AS n
     FROM footfall.${view}(
        site = 'shop', since = toDate('${JUDGED}') - 56, until = '${JUDGED}', grain = 'day', by = '${by}') AS v
     WHERE toDayOfWeek(v.period) = 7
     ORDER BY v.period DESC`,
  );
}

const round = (judged: Judged): Judged => ({ ...judged, score: Math.round(judged.score * 1e6) / 1e6 });

describe('anomalies judges what the other views count', () => {
  it.each([
    ['sessions', 'traffic', 'sessions', 'sessions'],
    ['active_people', 'traffic', 'people', 'people'],
    ['conversion', 'traffic', 'conversion_rate', 'sessions'],
    ['orders', 'traffic', 'orders', 'orders'],
    ['revenue', 'traffic', 'revenue', 'orders'],
    ['churn_rate', 'churn', 'churn_rate', 'active_at_start'],
  ])('%s of %s', (metric, view, value, n) => {
    const [found] = warehouse.rows<Judged>(
      `SELECT value, expected, score, alarm, weeks
       FROM footfall.anomalies(site = 'shop', as_of = '${AS_OF}', grain = 'day') WHERE metric = '${metric}' AND dimension_name = 'total'`,
    );
    const days = daysOf(view, value, n, '');
    expect(days).toHaveLength(9);
    expect(days.some(d => (d.value ?? 0) > 0)).toBe(true);
    expect(found && round(found)).toEqual(round(judge(days, ['conversion', 'churn_rate'].includes(metric))));
  });

  it('sessions of each device of which 30 or more were expected', () => {
    const found = warehouse.rows<Judged & { dimension: string }>(
      `SELECT dimension, value, expected, score, alarm, weeks
       FROM footfall.anomalies(site = 'shop', as_of = '${AS_OF}', grain = 'day') WHERE metric = 'sessions' AND dimension_name = 'device'`,
    );
    const all = daysOf('traffic', 'sessions', 'sessions', 'device');
    const devices = ['desktop', 'mobile']
      .map(dimension => ({
        dimension,
        ...round(
          judge(
            all.filter(d => d.dimension === dimension),
            false,
          ),
        ),
      }))
      .filter(({ expected }) => expected >= 30);
    expect(devices).toHaveLength(1);
    expect(found.map(({ dimension, ...judged }) => ({ dimension, ...round(judged) }))).toEqual(devices);
  });
});
