import { createInterface } from 'node:readline/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Command } from 'commander';
import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { addSettings, type Settings } from '../settings.ts';
import { createClickHouseStore } from '../sink/clickhouse.ts';
import { encodePositions } from '../sink/flush.ts';
import type { PositionRow } from '../sink/rows.ts';
import type { Store } from '../sink/store.ts';
import { UsageError } from '../usageError.ts';

/** What the three accept commands share: they say what they would do, ask, and write positions while no worker runs. */
export function acceptOptions(command: Command): Command {
  return addSettings(command.option('--yes', 'do it without asking'), 'kafka', 'clickhouse', 'log');
}

/** The tables; waits for a ClickHouse that is away, and says so. */
export function acceptStore(client: ClickHouseClient, settings: Settings, log: Logger): Store {
  return createClickHouseStore({
    client,
    database: settings.CLICKHOUSE_DATABASE,
    cluster: settings.CLICKHOUSE_CLUSTER,
    onRetry: (_, error) =>
      log.warn(`waiting for ClickHouse: ${error instanceof Error ? error.message : String(error)}`),
  });
}

/** Positions of the topic's newest epoch, by partition. Errors: UsageError where it was never read. */
export async function livePositions(store: Store, topic: string): Promise<PositionRow[]> {
  const all = await store.positions(topic);
  if (all.length === 0) throw new UsageError(`topic ${topic} was never read: there is nothing to accept`);
  const epoch = Math.max(...all.map(p => p.epoch));
  return all.filter(p => p.epoch === epoch).sort((a, b) => a.partition - b.partition);
}

/**
 * Errors: workers run, which would write their own positions after ours. One that was killed counts until its session
 * has ended (KAFKA_SESSION_TIMEOUT_MS).
 */
export async function requireNoWorkers(admin: Admin, settings: Settings): Promise<void> {
  const { groups } = await admin.describeGroups([settings.KAFKA_GROUP]);
  const members = groups[0]?.members.length ?? 0;
  if (members > 0) {
    throw new Error(
      `${members} worker${members === 1 ? ' runs' : 's run'} in group ${settings.KAFKA_GROUP}: stop ${members === 1 ? 'it' : 'them'} first (one that was killed counts for up to ${settings.KAFKA_SESSION_TIMEOUT_MS / 1000} s)`,
    );
  }
}

/** Says what would be done and asks, or takes --yes. False: the answer was no. Errors: nobody can be asked. */
export async function isConfirmed(
  explanation: readonly string[],
  yes: boolean | undefined,
): Promise<boolean> {
  process.stderr.write(`${explanation.join('\n')}\n`);
  if (yes === true) return true;
  if (process.stdin.isTTY !== true) throw new UsageError('nothing was changed: say --yes to do it');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Do it? (yes/no) ').finally(() => terminal.close());
  if (/^y(es)?$/i.test(answer.trim())) return true;
  process.stderr.write('nothing was changed\n');
  process.exitCode = 1;
  return false;
}

/** Of rows with equal versions the newest counts: so a row that changes no offset must be newer than the one it replaces. */
export function replacing(position: PositionRow, changes: Partial<PositionRow>): PositionRow {
  return { ...position, ...changes, written_at: Math.max(Date.now(), position.written_at + 1) };
}

export async function writePositions(store: Store, rows: readonly PositionRow[]): Promise<void> {
  await store.insert(encodePositions(rows));
  process.stdout.write(`${rows.length} position${rows.length === 1 ? '' : 's'} written: start the workers\n`);
}

export function count(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}
