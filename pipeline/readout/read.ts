import type { ClickHouseClient } from '@clickhouse/client';
import PQueue from 'p-queue';
import { UsageError } from '../usageError.ts';
import type { Check, Day, Overview, Plan, PlannedMetric, Readout, Result, Segment } from './model.ts';

export interface ReadOptions {
  client: ClickHouseClient;
  database: string;
  experiment: string;
  /** Dimensions of experiment_segments. */
  by: readonly string[];
  timeline: boolean;
}

/** Views share two cores or many: more at once would only wait on each other. */
const QUERIES_AT_ONCE = 2;

/**
 * Asks the experiment views for all that a readout shows.
 * Errors: UsageError where there is no such experiment or dimension, with those that there are; ClickHouse's.
 */
export async function readExperiment(options: ReadOptions): Promise<Readout> {
  const { database, experiment, by } = options;
  const plan = await planOf(options);
  for (const dimension of by) await checkDimension(options, dimension);
  const call = (view: string): string =>
    `SELECT * FROM ${database}.${view}(experiment = ${literal(experiment)})`;
  const sql = {
    overview: `SELECT * FROM ${database}.experiments_overview(site = ${literal(plan.site)}) WHERE experiment = ${literal(experiment)}`,
    results: call('experiment_results'),
    health: call('experiment_health'),
    timeline: call('experiment_timeline'),
  };
  const queue = new PQueue({ concurrency: QUERIES_AT_ONCE });
  const ask = <Row>(query: string): Promise<Row[]> => queue.add(() => rowsOf<Row>(options, query));
  const [overviews, results, health, timeline, ...segments] = await Promise.all([
    ask<Overview>(sql.overview),
    ask<Result>(sql.results).then(rows =>
      rows.map(row => ({
        ...withTruth(row),
        is_primary: truth(row.is_primary),
        guardrail: truth(row.guardrail),
      })),
    ),
    ask<Check>(sql.health).then(rows => rows.map(row => ({ ...row, ok: truth(row.ok) }))),
    options.timeline ? ask<Day>(sql.timeline).then(rows => rows.map(withTruth)) : [],
    ...by.map(async dimension => {
      const query = `SELECT * FROM ${database}.experiment_segments(experiment = ${literal(experiment)}, by = ${literal(dimension)})`;
      return { by: dimension, rows: (await ask<Segment>(query)).map(withTruth), sql: query };
    }),
  ]);
  const [overview] = overviews;
  // It was there a moment ago.
  if (overview === undefined) throw new Error(`the experiment '${experiment}' was taken out meanwhile`);
  return { plan, overview, results, health, timeline, segments, sql };
}

async function planOf(options: ReadOptions): Promise<Plan> {
  const { database, experiment } = options;
  const known = await rowsOf<{ experiment: string }>(
    options,
    `SELECT DISTINCT experiment FROM ${database}.experiments ORDER BY experiment`,
  );
  if (!known.some(row => row.experiment === experiment)) {
    throw new UsageError(
      known.length === 0
        ? `unknown experiment '${experiment}': there are none yet; footfall load experiments FILE makes them known`
        : `unknown experiment '${experiment}'; experiments: ${known.map(row => row.experiment).join(', ')}`,
    );
  }
  const [scope] = await rowsOf<Omit<Plan, 'metrics'>>(
    options,
    `SELECT experiment, toString(site) AS site, site_currency(toString(site)) AS currency, toString(e.since) AS since,
       toString(e.until) AS until, toString(toDateTime((SELECT as_of FROM ${database}.as_of), 'UTC')) AS as_of,
       ifNull(e.until <= (SELECT as_of FROM ${database}.as_of), false) AS ended, variations, weights, alpha, correction, unit,
       minimum_effect, greatest(min_days, 7) AS min_days, covariate_days, sequential_tuning
     FROM ${database}.experiments AS e FINAL WHERE experiment = {experiment:String}`,
    { experiment },
  );
  const metrics = await rowsOf<PlannedMetric>(
    options,
    // A row that is not there has empty columns.
    `SELECT p.metric AS metric, p.position AS position, p.guardrail AS guardrail, m.metric != '' AS defined, kind, event, value,
       denominator_event, denominator_value, if(direction = -1, -1, 1) AS direction, cap_percentile, delay_hours, window_hours
     FROM
     (
       SELECT position, startsWith(named, '!') AS guardrail, trim(LEADING '!' FROM named) AS metric
       FROM ${database}.experiments FINAL ARRAY JOIN metrics AS named, arrayEnumerate(metrics) AS position
       WHERE experiment = {experiment:String}
     ) AS p
     LEFT ANY JOIN (SELECT * FROM ${database}.metrics FINAL) AS m ON m.metric = p.metric
     ORDER BY position`,
    { experiment },
  );
  if (scope === undefined) throw new Error(`the experiment '${experiment}' was taken out meanwhile`);
  const sites = await rowsOf<{ site: string }>(
    options,
    `SELECT site FROM ${database}.known_sites ORDER BY site`,
  );
  if (!sites.some(({ site }) => site === scope.site))
    throw new Error(
      `the experiment '${experiment}' is of the site '${scope.site}', which no event has named yet; sites: ${sites.map(({ site }) => site).join(', ') || 'none'}`,
    );
  return {
    ...scope,
    ended: truth(scope.ended),
    metrics: metrics.map(metric => ({
      ...metric,
      guardrail: truth(metric.guardrail),
      defined: truth(metric.defined),
    })),
  };
}

async function checkDimension(options: ReadOptions, by: string): Promise<void> {
  try {
    await rowsOf(options, 'SELECT check_segment({by:String})', { by });
  } catch (error) {
    const told = error instanceof Error ? /unknown dimension [\s\S]*/.exec(error.message) : null;
    if (told === null) throw error;
    throw new UsageError(`--by: ${told[0]}`);
  }
}

/** ClickHouse's own conditions come as 0 and 1. */
const truth = (value: boolean | number): boolean => Boolean(value);
const withTruth = <Row extends { is_control: boolean }>(row: Row): Row => ({
  ...row,
  is_control: truth(row.is_control),
});

/** Text as ClickHouse writes it in SQL. */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Rows of an answer. Errors: the server's, in its own words. */
export async function rowsOf<Row>(
  { client }: { client: ClickHouseClient },
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<Row[]> {
  try {
    const answer = await client.query({
      query,
      query_params: parameters,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    return await answer.json<Row>();
  } catch (error) {
    // Views say what is wrong; where in them it was said is of no use here.
    if (!(error instanceof Error)) throw error;
    throw new Error(error.message.replace(/: while executing 'FUNCTION throwIf[\s\S]*$/, ''), {
      cause: error,
    });
  }
}
