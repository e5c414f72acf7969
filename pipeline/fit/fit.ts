import type { ClickHouseClient } from '@clickhouse/client';
import { readingBase } from '../migrate/schema.ts';
import { UsageError } from '../usageError.ts';
import { type BackTest, backTest, type HeldOut } from './backTest.ts';
import { type BgNbd, fitBgNbd } from './bgNbd.ts';
import { fitGammaGamma, type GammaGamma } from './gammaGamma.ts';
import type { Fitted } from './likelihood.ts';
import { type ChannelPath, removalShares } from './markov.ts';

export interface FitOptions {
  client: ClickHouseClient;
  database: string;
  site: string;
  /** YYYY-MM-DD of the site: fitted on what was known at its end. Left out: the last whole day. */
  asOf?: string | undefined;
  /** Days that an order looks back for its touches, of the attribution model markov. */
  lookbackDays: readonly number[];
  /** Days before as_of that are held out to test the fit on; 0: none. */
  holdOutDays: number;
}

export interface FitReport {
  site: string;
  asOf: string;
  orders: Fitted<keyof BgNbd>;
  spend: Fitted<keyof GammaGamma>;
  /** Null: nothing was held out, or the fit on the days before did not converge. */
  backTest: (BackTest & { holdOutDays: number }) | null;
  markov: Array<{ lookbackDays: number; shares: Map<string, number>; paths: number }>;
}

/** What `purchase_days` knows of a person. Days since 1970. */
interface Person {
  order_days: number[];
  spend: number;
}

const DAY_MS = 86_400_000;

/** Fits the prediction models of a site, tests them on days held out, and stores their parameters. Errors: UsageError, ClickHouse's. */
export async function fitSite(options: FitOptions): Promise<FitReport> {
  const { client, database, site } = options;
  const [facts] = await rowsOf<{ known: number; last_day: string; exponent: number }>(
    options,
    `SELECT {site:String} IN (SELECT site FROM ${database}.known_sites) AS known,
       toString(toDate((SELECT assumeNotNull(as_of) FROM ${database}.as_of), site_zone({site:String})) - 1) AS last_day,
       currency_exponent(site_currency({site:String})) AS exponent`,
    { site },
  );
  if (facts === undefined || !facts.known) throw new UsageError(`--site: no site '${site}' is known`);
  const asOf = options.asOf ?? facts.last_day;
  const today = Math.floor(Date.parse(asOf) / DAY_MS);
  // What was known at the end of the day.
  const moment = `day_start(toDate({day:String}) + 1, site_zone({site:String})) - toIntervalMillisecond(1)`;
  const people = await rowsOf<Person>(
    options,
    readingBase(
      `SELECT arrayMap(d -> toUInt32(d), order_days) AS order_days, spend / exp10(${facts.exponent}) AS spend
       FROM footfall.purchase_days(site = {site:String}, as_of = ${moment})`,
      database,
    ),
    { site, day: asOf },
  );
  const orders = fitBgNbd(people.map(p => purchasesAt(p.order_days, today)));
  const spend = fitGammaGamma(people.map(p => ({ x: p.order_days.length - 1, mean: p.spend })));
  const markov: FitReport['markov'] = [];
  for (const lookbackDays of options.lookbackDays) {
    const paths = await rowsOf<ChannelPath>(
      options,
      readingBase(
        `SELECT channels, converted, times FROM footfall.channel_paths(site = {site:String}, as_of = ${moment}, lookback_days = {days:UInt64})`,
        database,
      ),
      { site, day: asOf, days: lookbackDays },
    );
    const usable = paths.map(p => ({ ...p, converted: Boolean(p.converted), times: Number(p.times) }));
    markov.push({
      lookbackDays,
      shares: removalShares(usable),
      paths: usable.reduce((n, p) => n + p.times, 0),
    });
  }
  const report: FitReport = {
    site,
    asOf,
    orders,
    spend,
    backTest: heldOut(people, today, options.holdOutDays),
    markov,
  };
  await client.insert({ table: `${database}.models`, values: modelRows(report), format: 'JSONEachRow' });
  return report;
}

/** Days of weeks of the models. `days`: order days up to `today`, sorted, at least one. */
function purchasesAt(days: readonly number[], today: number): { x: number; tx: number; t: number } {
  const first = days[0] ?? today;
  return { x: days.length - 1, tx: ((days.at(-1) ?? first) - first) / 7, t: (today - first) / 7 };
}

function heldOut(people: readonly Person[], today: number, holdOutDays: number): FitReport['backTest'] {
  const end = today - holdOutDays;
  const known = people.filter(p => (p.order_days[0] ?? today) <= end);
  if (holdOutDays === 0 || known.length === 0) return null;
  const customers: HeldOut[] = known.map(({ order_days }) => ({
    ...purchasesAt(
      order_days.filter(day => day <= end),
      end,
    ),
    before: order_days.filter(day => day > end - holdOutDays && day <= end).length,
    came: order_days.filter(day => day > end).length,
  }));
  const fit = fitBgNbd(customers);
  return fit.converged ? { ...backTest(customers, fit.parameters, holdOutDays / 7), holdOutDays } : null;
}

/** Rows of the table `models`. What cannot be written as a number is left out: then `converged` is 0. */
function modelRows({ site, asOf, orders, spend, markov }: FitReport): Array<Record<string, string | number>> {
  const rows: Array<Record<string, string | number>> = [];
  for (const [model, fit] of [
    ['bg_nbd', orders],
    ['gamma_gamma', spend],
  ] as const) {
    const values = {
      ...fit.parameters,
      log_likelihood: fit.logLikelihood,
      people: fit.people,
      converged: Number(fit.converged),
    };
    for (const [parameter, value] of Object.entries(values))
      if (Number.isFinite(value)) rows.push({ site, as_of: asOf, model, parameter, value });
  }
  for (const { lookbackDays, shares, paths } of markov) {
    const values = new Map([...shares, ['people', paths], ['converged', Number(shares.size > 0)]] as const);
    for (const [parameter, value] of values)
      rows.push({ site, as_of: asOf, model: 'markov', parameter, value, lookback_days: lookbackDays });
  }
  return rows;
}

async function rowsOf<Row>(
  { client }: FitOptions,
  query: string,
  query_params: Record<string, string | number>,
): Promise<Row[]> {
  const answer = await client.query({
    query,
    query_params,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return await answer.json<Row>();
}
