import { isDeepStrictEqual } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import type { FunnelCounts, TruthCounts } from '../../pipeline/simulate/truth.ts';
import type { PersonFunnel } from './people.ts';

/** What truth.json says, and what the test counted beside it from the same makers. */
export interface Known {
  counts: TruthCounts;
  /** Days of the site's zone that hold everything. */
  since: string;
  until: string;
  funnels: PersonFunnel[];
  /** When each experiment ends, UTC. */
  ends: Record<string, string>;
}

export interface Check {
  name: string;
  /** The same shape twice: from the views, and from who made it. */
  views: (ask: Ask, known: Known) => Promise<unknown>;
  truth: (known: Known) => unknown;
}

export type Ask = <T>(query: string) => Promise<T[]>;

export const FUNNEL_STEPS = ['view_item', 'add_to_cart', 'begin_checkout', 'add_payment_info', 'purchase'];
/** A step twice: one event must not fill both. */
export const FUNNELS = [
  { steps: FUNNEL_STEPS, within: 86_400 },
  { steps: ['view_item', 'view_item', 'add_to_cart'], within: 1_800 },
];

export function asker(client: ClickHouseClient): Ask {
  return async query => {
    const answer = await client.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    return answer.json();
  };
}

/** Keys in order, so that two differ only where a value does. */
function sorted<T>(of: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Active sessions of people by a column, and how many of them have an event of each step: truth.json's own shape. */
async function sessionFunnel(ask: Ask, by: string): Promise<Record<string, FunnelCounts>> {
  const steps = FUNNEL_STEPS.map(step => `countIf(has(e.names, '${step}')) AS ${step}`).join(', ');
  const rows = await ask<FunnelCounts & { key: string }>(
    `SELECT toString(${by}) AS key, count() AS sessions, ${steps}
     FROM footfall.sessions AS s
     LEFT JOIN (SELECT session_id, groupUniqArray(event_name) AS names FROM footfall.events GROUP BY session_id) AS e
       ON e.session_id = s.session_id
     WHERE s.site = 'shop' AND s.active AND empty(s.bot_reasons)
     GROUP BY key ORDER BY key`,
  );
  return Object.fromEntries(rows.map(({ key, ...counts }) => [key, counts]));
}

const sum = <T>(of: Iterable<T>, value: (one: T) => number): number => {
  let total = 0;
  for (const one of of) total += value(one);
  return total;
};

const period = ({ since, until }: Known): string => `site = 'shop', since = '${since}', until = '${until}'`;

/** Everything of truth.json that is exact, view by view. */
export const CHECKS: readonly Check[] = [
  {
    name: 'conservation: every record has one outcome, and nothing is left over',
    views: async (ask, { since, until }) =>
      (
        await ask(
          `SELECT sum(consumed) AS records, sum(accepted) AS accepted, sum(duplicate) AS duplicate,
                  sum(unconsented) AS unconsented, sum(erased) AS erased, sum(rejected) AS rejected,
                  countIf(residual != 0) AS hours_that_do_not_add_up, sum(misplaced) AS misplaced
           FROM footfall.conservation(since = '${since}', until = '${until}')`,
        )
      )[0],
    truth: ({ counts }) => ({
      records: counts.records,
      accepted: counts.accepted,
      duplicate: counts.duplicate,
      unconsented: counts.unconsented,
      erased: 0,
      rejected: sum(Object.values(counts.rejected), n => n ?? 0),
      hours_that_do_not_add_up: 0,
      misplaced: 0,
    }),
  },
  {
    name: 'dead_letters: rejected records by reason',
    views: async ask =>
      Object.fromEntries(
        (
          await ask<{ reason: string; n: number }>(
            'SELECT reason, count() AS n FROM footfall.dead_letters GROUP BY reason ORDER BY reason',
          )
        ).map(({ reason, n }) => [reason, n]),
      ),
    truth: ({ counts }) => sorted(counts.rejected),
  },
  {
    name: 'data_quality: rejected records by reason',
    views: async (ask, known) =>
      Object.fromEntries(
        (
          await ask<{ name: string; n: number }>(
            `SELECT name, sum(records) AS n FROM footfall.data_quality(${period(known)})
             WHERE check = 'rejected' GROUP BY name ORDER BY name`,
          )
        ).map(({ name, n }) => [name, n]),
      ),
    truth: ({ counts }) => sorted(counts.rejected),
  },
  {
    name: 'events: by name, of people and bots',
    views: async ask =>
      Object.fromEntries(
        (
          await ask<{ name: string; n: number }>(
            'SELECT event_name AS name, count() AS n FROM footfall.events GROUP BY name ORDER BY name',
          )
        ).map(({ name, n }) => [name, n]),
      ),
    truth: ({ counts }) => sorted(counts.events),
  },
  {
    name: 'events: each is of a session that is there',
    views: async ask =>
      (
        await ask<{ n: number }>(
          'SELECT count() AS n FROM footfall.events WHERE session_id NOT IN (SELECT session_id FROM footfall.sessions)',
        )
      )[0]?.n,
    truth: () => 0,
  },
  {
    name: 'trend: any event, of people',
    views: async (ask, known) =>
      (
        await ask<{ n: number }>(
          `SELECT sum(count) AS n FROM footfall.trend(${period(known)}, grain = 'day', event = '', value = '', by = '')`,
        )
      )[0]?.n,
    truth: ({ counts }) =>
      sum(Object.values(counts.events), n => n) - sum(Object.values(counts.bots), bot => bot.events),
  },
  {
    name: 'sessions: in all, and how many reach each step',
    views: async ask => (await sessionFunnel(ask, "''"))[''],
    truth: ({ counts }) => counts.total,
  },
  {
    name: 'sessions: the same by channel',
    views: ask => sessionFunnel(ask, 's.channel'),
    truth: ({ counts }) => sorted(counts.channels),
  },
  {
    name: 'sessions: the same by device',
    views: ask => sessionFunnel(ask, 's.device'),
    truth: ({ counts }) => sorted(counts.devices),
  },
  {
    name: 'sessions: the same by country',
    views: ask => sessionFunnel(ask, 's.country'),
    truth: ({ counts }) => sorted(counts.countries),
  },
  {
    name: "sessions: the same by day of the site's zone",
    views: ask => sessionFunnel(ask, "toDate(s.started_at, 'Europe/Berlin')"),
    truth: ({ counts }) => sorted(counts.days),
  },
  {
    name: 'sessions: bots by reason',
    views: async ask =>
      Object.fromEntries(
        (
          await ask<{ reason: string; sessions: number; events: number }>(
            `SELECT arrayStringConcat(bot_reasons, ' ') AS reason, count() AS sessions, sum(events) AS events
             FROM footfall.sessions WHERE notEmpty(bot_reasons) GROUP BY reason ORDER BY reason`,
          )
        ).map(({ reason, ...counts }) => [reason, counts]),
      ),
    truth: ({ counts }) => sorted(counts.bots),
  },
  {
    name: 'traffic: sessions by day',
    views: async (ask, known) =>
      Object.fromEntries(
        (
          await ask<{ period: string; sessions: number }>(
            `SELECT period, sessions FROM footfall.traffic(${period(known)}, grain = 'day', by = '') WHERE sessions > 0`,
          )
        ).map(({ period, sessions }) => [period, sessions]),
      ),
    truth: ({ counts }) =>
      sorted(Object.fromEntries(Object.entries(counts.days).map(([day, { sessions }]) => [day, sessions]))),
  },
  {
    name: 'channels: sessions by channel',
    views: async (ask, known) =>
      Object.fromEntries(
        (
          await ask<{ channel: string; sessions: number }>(
            `SELECT channel, sum(sessions) AS sessions
             FROM footfall.channels(${period(known)}, model = 'last', lookback_days = 30, by = '')
             GROUP BY channel HAVING sessions > 0 ORDER BY channel`,
          )
        ).map(({ channel, sessions }) => [channel, sessions]),
      ),
    truth: ({ counts }) =>
      sorted(
        Object.fromEntries(
          Object.entries(counts.channels).map(([channel, { sessions }]) => [channel, sessions]),
        ),
      ),
  },
  {
    name: 'people: persons, and the browsers that are theirs',
    views: async ask =>
      (
        await ask(
          `SELECT count() AS people, sum(length(visitor_ids)) AS visitors, sum(sessions) AS sessions FROM footfall.people`,
        )
      )[0],
    truth: ({ counts }) => ({
      people: counts.people,
      visitors: counts.visitors,
      sessions: counts.total.sessions,
    }),
  },
  {
    name: 'retention: persons by first day, and those seen 1, 7 and 30 days later',
    views: async (ask, known) =>
      Object.fromEntries(
        (
          await ask<{ cohort: string; people: number; d1: number; d7: number; d30: number }>(
            `SELECT cohort, max(eligible) AS people, sumIf(retained, age = 1) AS d1, sumIf(retained, age = 7) AS d7,
                    sumIf(retained, age = 30) AS d30
             FROM footfall.retention(${period(known)}, grain = 'day', kind = 'on', start_event = '', return_event = '', by = '')
             GROUP BY cohort HAVING people > 0 ORDER BY cohort`,
          )
        ).map(({ cohort, ...counts }) => [cohort, counts]),
      ),
    truth: ({ counts }) => sorted(counts.retention),
  },
  {
    name: 'funnel: persons by channel of their first entry, in order and within the time',
    views: async (ask, known) => {
      const found: PersonFunnel[] = [];
      for (const { steps, within } of FUNNELS) {
        const rows = await ask<{ dimension: string; people: number[] }>(
          `SELECT dimension, arrayMap(x -> x.2, arraySort(groupArray((step, people)))) AS people
           FROM footfall.funnel(${period(known)}, steps = [${steps.map(step => `'${step}'`).join(', ')}], within = ${within},
             mode = '', by = 'channel')
           GROUP BY dimension ORDER BY dimension`,
        );
        found.push(Object.fromEntries(rows.map(({ dimension, people }) => [dimension, people])));
      }
      return found;
    },
    truth: ({ funnels }) => funnels.map(sorted),
  },
  {
    name: 'orders_fact: orders and money by currency',
    views: async ask =>
      Object.fromEntries(
        (
          await ask<{ currency: string }>(
            `SELECT o.currency AS currency, count() AS orders, sum(gross) AS gross, sum(tax) AS tax, sum(shipping) AS shipping,
                    sum(discount) AS discount, -sum(refunded) AS refunded, sum(net) AS net
             FROM footfall.orders_fact AS o WHERE site = 'shop' AND NOT bot GROUP BY currency ORDER BY currency`,
          )
        ).map(({ currency, ...money }) => [currency, money]),
      ),
    truth: ({ counts }) =>
      sorted(
        Object.fromEntries(
          Object.entries(counts.currencies)
            .filter(([, { orders }]) => orders > 0)
            .map(([currency, { refunds: _, unmatchedRefunds: __, ...money }]) => [
              currency,
              // -0 is not 0 to those who compare.
              { ...money, refunded: money.refunded || 0, net: money.gross + money.refunded },
            ]),
        ),
      ),
  },
  {
    name: 'refund_rows: refunds of known orders, and of orders that were never tracked',
    views: async (ask, { since, until }) =>
      (
        await ask(
          `SELECT countIf(matched) AS refunds, countIf(NOT matched) AS unmatched
           FROM footfall.refund_rows(site = 'shop', start = '${since} 00:00:00', end = '${until} 23:59:59')`,
        )
      )[0],
    truth: ({ counts }) => ({
      refunds: sum(Object.values(counts.currencies), money => money.refunds),
      unmatched: sum(Object.values(counts.currencies), money => money.unmatchedRefunds),
    }),
  },
  {
    name: 'experiments: persons exposed by variation, and those of them with an order before its end',
    views: async (ask, { counts, ends }) => {
      const found: Record<string, Record<string, object>> = {};
      for (const [experiment, arms] of Object.entries(counts.experiments)) {
        const rows = await ask<{ variation: string; people: number; converted: number }>(
          `WITH person AS (SELECT person_id, arrayJoin(visitor_ids) AS visitor_id FROM footfall.people)
           SELECT variation, count() AS people, countIf(person_id IN
             (SELECT p.person_id FROM footfall.orders_fact AS o JOIN person AS p ON p.visitor_id = o.visitor_id
              JOIN footfall.sessions AS s ON s.session_id = o.session_id
              WHERE s.started_at < toDateTime('${ends[experiment]}', 'UTC'))) AS converted
           FROM (SELECT p.person_id AS person_id, any(e.variation_id) AS variation FROM footfall.events AS e
                 JOIN person AS p ON p.visitor_id = e.visitor_id
                 WHERE e.event_name = 'experiment_viewed' AND e.experiment_id = '${experiment}' GROUP BY person_id)
           GROUP BY variation`,
        );
        found[experiment] = Object.fromEntries(Object.keys(arms).map(arm => [arm, {}]));
        for (const { variation, ...arm } of rows)
          found[experiment] = { ...found[experiment], [variation]: arm };
      }
      return found;
    },
    truth: ({ counts }) => counts.experiments,
  },
];

/** Of the named checks, those whose views do not say what is so. */
export async function wrongChecks(ask: Ask, known: Known, names: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of names) {
    const check = CHECKS.find(one => one.name === name);
    if (check === undefined) throw new Error(`no check '${name}'`);
    if (!isDeepStrictEqual(await check.views(ask, known), check.truth(known))) wrong.push(name);
  }
  return wrong;
}
