import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { counted, footfall, some, type Tell } from './finding.ts';

/** Days of arrival that the ledger is compared for. */
const LEDGER_DAYS = 3;
/** A flush in between shows for a moment as a residual; a real one stays. */
const LOOKS = 3;
const LOOK_INTERVAL_MS = 1_500;

/** The ledger, misplaced records, dead letters and sites that nobody described. */
export async function checkRows(options: {
  client: ClickHouseClient;
  database: string;
  tell: Tell;
}): Promise<void> {
  const { client, database, tell } = options;
  const rows = async <Row>(query: string): Promise<Row[]> => {
    const answer = await client.query({ query, format: 'JSONEachRow' });
    return await answer.json<Row>();
  };

  const ledger = `${database}.conservation(since = today() - ${LEDGER_DAYS - 1}, until = today() + 1)`;
  const residuals = await stayingResiduals(() =>
    rows<Residual>(
      `SELECT topic, epoch, partition, toString(c.hour) AS hour, toString(c.residual) AS residual FROM ${ledger} AS c WHERE c.residual != 0`,
    ),
  );
  const days = `the last ${LEDGER_DAYS} days`;
  const [sums] = await rows<{ consumed: string; misplaced: string }>(
    `SELECT toString(sum(c.consumed)) AS consumed, toString(sum(c.misplaced)) AS misplaced FROM ${ledger} AS c`,
  );
  const consumed = Number(sums?.consumed ?? 0);
  if (residuals.length === 0) {
    tell({
      check: 'ledger',
      status: 'ok',
      found: `${counted(consumed, 'record')} of ${days}, residual 0`,
      todo: '',
    });
  } else {
    const places = residuals.map(r => `${r.topic} ${r.partition} ${r.hour}: ${r.residual}`);
    tell({
      check: 'ledger',
      status: 'fail',
      found: `residuals of ${days}, topic partition hour: ${some(places)}`,
      todo: `rows were lost or written by something else: ${footfall('rebuild')}, or restore a backup`,
    });
  }
  const misplaced = Number(sums?.misplaced ?? 0);
  tell(
    misplaced === 0
      ? { check: 'keys', status: 'ok', found: `no misplaced record of ${days}`, todo: '' }
      : {
          check: 'keys',
          status: 'fail',
          found: `${counted(misplaced, 'record')} of ${days} on partitions that their visitor does not belong to: their sessions are split`,
          todo: "producers: key by visitor_id, with Kafka's own partitioner (murmur2; librdkafka: partitioner=murmur2_random)",
        },
  );

  const letters = await rows<{ reason: string; n: number }>(
    `SELECT reason, toUInt32(count()) AS n FROM ${database}.dead_letters WHERE arrival >= now() - INTERVAL 1 DAY
     GROUP BY reason ORDER BY n DESC, reason`,
  );
  tell(
    letters.length === 0
      ? { check: 'dead letters', status: 'ok', found: 'none in the last day', todo: '' }
      : {
          check: 'dead letters',
          status: 'warn',
          found: `in the last day ${letters.map(({ reason, n }) => `${n.toLocaleString('en-US')} ${reason}`).join(', ')}`,
          todo: footfall('dead-letters list --since 24h'),
        },
  );

  const unknown = await rows<{ site: string }>(
    `SELECT DISTINCT site FROM ${database}.site_gaps WHERE site NOT IN (SELECT site FROM ${database}.sites) ORDER BY site`,
  );
  tell(
    unknown.length === 0
      ? { check: 'sites', status: 'ok', found: 'every site has a row in sites', todo: '' }
      : {
          check: 'sites',
          status: 'warn',
          found: `without a row in sites, so in UTC and USD: ${some(unknown.map(row => row.site))}`,
          todo: `${footfall('load sites FILE')}, then the answers are in their own zone and currency`,
        },
  );
}

interface Residual {
  topic: string;
  epoch: number;
  partition: number;
  hour: string;
  residual: string;
}

/** Those that are the same each time one looks. */
async function stayingResiduals(look: () => Promise<Residual[]>): Promise<Residual[]> {
  let found = await look();
  for (let i = 1; i < LOOKS && found.length > 0; i++) {
    await delay(LOOK_INTERVAL_MS);
    const now = new Set((await look()).map(row => JSON.stringify(row)));
    found = found.filter(row => now.has(JSON.stringify(row)));
  }
  return found;
}
