import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import gammaln from '@stdlib/math-base-special-gammaln';
import pino from 'pino';
import { writeEventFile } from '../../pipeline/contract/eventFile.ts';
import type { EventInput } from '../../pipeline/contract/schema.ts';
import { expectedOrders, type Purchases } from '../../pipeline/fit/bgNbd.ts';
import { type FitReport, fitSite } from '../../pipeline/fit/fit.ts';
import type { Spending } from '../../pipeline/fit/gammaGamma.ts';
import { loadFile } from '../../pipeline/load/load.ts';
import { readingBase } from '../../pipeline/migrate/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { replayFiles } from '../../pipeline/replay.ts';
import { DAY_MS, isoDay } from '../../pipeline/simulate/calendar.ts';
import { SHOP } from '../../pipeline/simulate/shop.ts';
import { createShop } from '../../pipeline/simulate/simulate.ts';
import { tablesOf } from '../../pipeline/simulate/tables.ts';
import { localDay } from '../oracle/views/life.ts';
import { type Known, statesOf } from '../oracle/views/state.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import { customerEvents } from './customers.ts';

/**
 * The days: customers are watched up to `KNOWN_DAYS`, the model is fitted on that, and what came in the 90 days after is held
 * against it. The winback mailing, which brings orders that no model of habits foresees, goes out later, at 78 % of the period.
 */
const DAYS = 420;
const KNOWN_DAYS = 235;
const HELD_OUT_DAYS = 90;
const START = Date.UTC(2025, 0, 6);

/** An estimate, and its standard error. */
export interface Estimate {
  value: number;
  error: number;
}

export interface Calibration {
  customers: number;
  orders: Record<'r' | 'alpha' | 'a' | 'b', Estimate>;
  spend: Record<'p' | 'q' | 'gamma', Estimate>;
  converged: boolean;
  /** Order days in the held-out days: expected by the view predictions, and come. */
  predicted: Estimate;
  came: number;
  /** Of customers with a repeat order: those still alive by p_alive, and by what each of them was given. */
  alive: Estimate;
  trulyAlive: number;
  repeaters: number;
  /** Customers by stage of life, as the view stages has them, and worked out from their orders the long way. */
  churned: { told: number; known: number };
  /** Persons with a second order within 30 days of the first. */
  again: { hits: number; of: number };
  backTest: FitReport['backTest'];
}

/** Fits and predicts over a simulated shop's orders, through files, pipeline and views. */
export async function calibrate(seed: string, visitors: number): Promise<Calibration> {
  const shop = createShop({ seed, visitors, start: START, days: DAYS });
  const until = START + (KNOWN_DAYS + HELD_OUT_DAYS) * DAY_MS;
  const asOfDay = isoDay(START + (KNOWN_DAYS - 1) * DAY_MS);
  // The end of that day in the zone of the shop, in summer.
  const asOf = START + KNOWN_DAYS * DAY_MS - 2 * 3_600_000 - 1;
  let trulyAlive = 0;
  let trueRepeaters = 0;
  const folder = await mkdtemp(join(tmpdir(), 'footfall-calibration-'));
  const clickhouse = await startTestClickHouse();
  try {
    const client = clickhouse.client();
    const database = 'footfall';
    await migrateDatabase({ client, database });
    const { sites = [], fx_rates: rates = [] } = tablesOf(shop);
    for (const [table, rows] of Object.entries({ sites, fx_rates: rates })) {
      const path = join(folder, `${table}.jsonl`);
      await writeFile(path, rows.map(row => JSON.stringify(row)).join('\n'));
      await loadFile({ client, database, table: table as 'sites' | 'fx_rates', path });
    }
    const path = join(folder, 'orders.avro');
    const events = customerEvents(shop, until, life => {
      const days = new Set(
        life.visits.filter(v => v.order >= 0 && !v.lost && v.at <= asOf).map(v => Math.floor(v.at / DAY_MS)),
      );
      if (days.size < 2) return;
      trueRepeaters++;
      const last = life.orders[life.stoppedAfter];
      if (last === undefined || last.at > asOf) trulyAlive++;
    });
    const sent: EventInput[] = [];
    await writeEventFile(path, kept(events, sent));
    await replayFiles({ client, database, paths: [path], log: pino({ level: 'silent' }) });

    const rowsOf = async <T>(query: string): Promise<T[]> => {
      const answer = await client.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      return answer.json();
    };
    const fit = await fitSite({
      client,
      database,
      site: SHOP.site,
      asOf: asOfDay,
      lookbackDays: [],
      holdOutDays: HELD_OUT_DAYS,
    });
    const at = `toDateTime64('${new Date(asOf).toISOString().slice(0, 23).replace('T', ' ')}', 3, 'UTC')`;
    const people = await rowsOf<
      { p_alive: number | null; expected: number; came: number } & Purchases & Spending
    >(
      readingBase(`SELECT p.p_alive AS p_alive, p.expected_orders_90d AS expected, d.x AS x, d.tx_days / 7 AS tx, d.t_days / 7 AS t,
         d.spend / 100 AS mean, length(o.days) AS came
       FROM footfall.predictions(site = 'shop', as_of = ${at}) AS p
       JOIN footfall.purchase_days(site = 'shop', as_of = ${at}) AS d ON d.person_id = p.person_id
       LEFT JOIN
       (
         SELECT person_id, groupUniqArray(day) AS days FROM footfall.orders_fact
         WHERE site = 'shop' AND day > '${asOfDay}' AND day <= toDate('${asOfDay}') + ${HELD_OUT_DAYS} GROUP BY person_id
       ) AS o ON o.person_id = p.person_id`),
    );
    const [again = { hits: 0, of: 0 }] = await rowsOf<{ hits: number; of: number }>(
      `SELECT sum(repeat_buyers) AS hits, sum(buyers) AS of
       FROM footfall.repurchase(site = 'shop', since = '${isoDay(START)}', until = toDate('${asOfDay}'), within = 30)`,
    );

    const [stage = { churned: -1 }] = await rowsOf<{ churned: number }>(
      `SELECT people AS churned FROM footfall.stages(site = 'shop', as_of = ${at}) WHERE stage = 'churned'`,
    );
    const known = statesOf(buyersAt(sent, asOf), localDay(asOf, SHOP.timezone), {
      dormant: shop.calendar.dormantDays,
      churned: shop.calendar.dormantDays * SHOP.quiet.churnedTimes,
    });
    const churned = [...known.values()].filter(state => state.stage === 'churned').length;

    const weeks = HELD_OUT_DAYS / 7;
    const orders = covariance(fit.orders.parameters, parameters =>
      sum(people, c => orderLikelihood(c, parameters)),
    );
    const spenders = people.filter(c => c.x > 0 && c.mean > 0);
    const spend = covariance(fit.spend.parameters, parameters =>
      sum(spenders, c => spendLikelihood(c, parameters)),
    );
    const repeaters = people.filter(c => c.p_alive !== null);
    return {
      customers: people.length,
      orders: orders.estimates,
      spend: spend.estimates,
      converged: fit.orders.converged && fit.spend.converged,
      predicted: {
        value: sum(people, c => c.expected),
        // What people do beside what is expected of each, and how far the parameters may be off.
        error: Math.hypot(
          Math.sqrt(sum(people, c => (c.came - c.expected) ** 2)),
          orders.errorOf(parameters => sum(people, c => expectedOrders(c, parameters, weeks))),
        ),
      },
      came: sum(people, c => c.came),
      alive: {
        value: sum(repeaters, c => c.p_alive ?? 0),
        error: Math.hypot(
          Math.sqrt(sum(repeaters, c => (c.p_alive ?? 0) * (1 - (c.p_alive ?? 0)))),
          orders.errorOf(parameters => sum(repeaters, c => aliveChance(c, parameters))),
        ),
      },
      trulyAlive: (trulyAlive / trueRepeaters) * repeaters.length,
      repeaters: repeaters.length,
      churned: { told: stage.churned, known: churned },
      again,
      backTest: fit.backTest,
    };
  } finally {
    await clickhouse.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function* kept(events: Iterable<EventInput>, into: EventInput[]): Generator<EventInput, void, void> {
  for (const event of events) {
    into.push(event);
    yield event;
  }
}

/** Who had bought by a moment, and on which days: by the account of the order, or that which its visitor was last known by. */
function buyersAt(events: readonly EventInput[], moment: number): Known[] {
  const linked = new Map<string, string>();
  const until = events.filter(event => event.event_time <= moment);
  for (const { visitor_id, user_id } of until.toSorted((a, b) => a.event_time - b.event_time))
    if (typeof user_id === 'string') linked.set(visitor_id, user_id);
  const people = new Map<string, number[]>();
  for (const { event_name, event_time, visitor_id, user_id } of until) {
    if (event_name !== 'purchase') continue;
    const person = user_id ?? linked.get(visitor_id) ?? visitor_id;
    people.set(person, [...(people.get(person) ?? []), localDay(event_time, SHOP.timezone)]);
  }
  return [...people].map(([person, days]) => ({
    person,
    activeDays: [],
    orderDays: [...new Set(days)].toSorted((a, b) => a - b),
    orders: [],
  }));
}

function sum<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((total, one) => total + value(one), 0);
}

type BgNbd = Record<'r' | 'alpha' | 'a' | 'b', number>;

/** Fader, Hardie and Lee 2005, equation 6, in its plain form. */
function orderLikelihood({ x, tx, t }: Purchases, { r, alpha, a, b }: BgNbd): number {
  const common = gammaln(r + x) - gammaln(r) + r * Math.log(alpha);
  const beta = (p: number, q: number): number => gammaln(p) + gammaln(q) - gammaln(p + q);
  const stays = Math.exp(beta(a, b + x) - beta(a, b) - (r + x) * Math.log(alpha + t));
  const leaves = x === 0 ? 0 : Math.exp(beta(a + 1, b + x - 1) - beta(a, b) - (r + x) * Math.log(alpha + tx));
  return common + Math.log(stays + leaves);
}

/** The same authors' note 019: that a customer is still one. */
function aliveChance({ x, tx, t }: Purchases, { r, alpha, a, b }: BgNbd): number {
  return x === 0 ? 1 : 1 / (1 + (a / (b + x - 1)) * ((alpha + t) / (alpha + tx)) ** (r + x));
}

function spendLikelihood(
  { x, mean }: Spending,
  { p, q, gamma }: Record<'p' | 'q' | 'gamma', number>,
): number {
  return (
    gammaln(p * x + q) -
    gammaln(p * x) -
    gammaln(q) +
    q * Math.log(gamma) +
    (p * x - 1) * Math.log(mean) +
    p * x * Math.log(x) -
    (p * x + q) * Math.log(gamma + x * mean)
  );
}

/** Standard errors at a maximum, by the curvature of the likelihood there, along the logarithms of the parameters. */
function covariance<Name extends string>(
  at: Record<Name, number>,
  likelihood: (parameters: Record<Name, number>) => number,
): {
  estimates: Record<Name, Estimate>;
  errorOf: (f: (parameters: Record<Name, number>) => number) => number;
} {
  const names = Object.keys(at) as Name[];
  const STEP = 1e-3;
  const moved = (f: (parameters: Record<Name, number>) => number, by: ReadonlyMap<number, number>): number =>
    f(
      Object.fromEntries(
        names.map((name, i) => [name, at[name] * Math.exp((by.get(i) ?? 0) * STEP)]),
      ) as Record<Name, number>,
    );
  const curvature = names.map((_, i) =>
    names.map((_, k) => {
      if (i === k) {
        const sides = moved(likelihood, new Map([[i, 1]])) + moved(likelihood, new Map([[i, -1]]));
        return -(sides - 2 * likelihood(at)) / STEP ** 2;
      }
      const corner = (u: number, v: number): number =>
        moved(
          likelihood,
          new Map([
            [i, u],
            [k, v],
          ]),
        );
      return -(corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / (4 * STEP ** 2);
    }),
  );
  const spread = inverse(curvature);
  const errorOf = (f: (parameters: Record<Name, number>) => number): number => {
    const slope = names.map(
      (_, i) => (moved(f, new Map([[i, 1]])) - moved(f, new Map([[i, -1]]))) / (2 * STEP),
    );
    return Math.sqrt(
      sum(
        slope.map(
          (s, i) =>
            s *
            sum(
              slope.map((t, k) => t * (spread[i]?.[k] ?? 0)),
              x => x,
            ),
        ),
        x => x,
      ),
    );
  };
  const estimates = Object.fromEntries(
    names.map(name => [name, { value: at[name], error: errorOf(parameters => parameters[name]) }]),
  ) as Record<Name, Estimate>;
  return { estimates, errorOf };
}

/** By Gauss and Jordan, the largest pivot first. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, k) => (i === k ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column; i < n; i++)
      if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = i;
    const taken = rows[pivot] ?? [];
    rows[pivot] = rows[column] ?? [];
    const by = taken[column] ?? 0;
    if (by === 0) throw new Error('the likelihood is flat along a parameter');
    const unit = taken.map(value => value / by);
    rows[column] = unit;
    for (let i = 0; i < n; i++) {
      const factor = rows[i]?.[column] ?? 0;
      if (i !== column) rows[i] = (rows[i] ?? []).map((value, k) => value - factor * (unit[k] ?? 0));
    }
  }
  return rows.map(row => row.slice(n));
}
