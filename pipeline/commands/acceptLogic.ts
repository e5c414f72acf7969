import { Command } from 'commander';
import { LOGIC_VERSION } from '../restore.ts';
import { required, settingsOf } from '../settings.ts';
import type { PositionRow } from '../sink/rows.ts';
import {
  acceptOptions,
  acceptStore,
  count,
  isConfirmed,
  livePositions,
  replacing,
  requireNoWorkers,
  writePositions,
} from './accept.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';
import { kafkaConnection, withAdmin } from './kafka.ts';
import { createLog } from './log.ts';

/** `footfall accept-logic`: the way on after the halt logic_version. */
export function acceptLogicCommand(): Command {
  const command = new Command('accept-logic')
    .description(
      'After a halt: goes on with the logic of this version where another one has folded what came before. Rows that are there stay as they are.',
    )
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .action(async (options: { data?: string; yes?: boolean }) => {
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(
        settings,
        options.data === undefined ? undefined : existingDirectory(options.data),
      );
      try {
        const { client, database } = clickhouse;
        const log = createLog(settings);
        const store = acceptStore(client, settings, log);
        if (options.data === undefined) {
          const connection = kafkaConnection(required(settings, 'KAFKA_BROKERS'));
          await withAdmin(connection, log, admin => requireNoWorkers(admin, settings));
        }
        const answer = await client.query({
          query: `SELECT DISTINCT topic FROM ${database}.positions ORDER BY topic`,
          format: 'JSONEachRow',
        });
        const positions: PositionRow[] = [];
        for (const { topic } of await answer.json<{ topic: string }>())
          positions.push(...(await livePositions(store, topic)));
        const rows = planLogic(positions);
        if (rows.length === 0)
          throw new Error(`all positions are of logic version ${LOGIC_VERSION}: there is nothing to accept`);
        const versions = [...new Set(positions.map(p => p.logic_version))].filter(v => v !== LOGIC_VERSION);
        const explanation = [
          `${count(rows.length, 'partition')} folded by logic version ${versions.join(' and ')} go on with version ${LOGIC_VERSION}.`,
          'Rows that are there stay as they are: figures before and after may differ by what the versions do differently, and a',
          'session that is open now is folded by both. To have all of it by one logic: rebuild, in place of this.',
          ...(versions.some(v => v > LOGIC_VERSION)
            ? ['This version is OLDER than the one that folded them.']
            : []),
        ];
        if (await isConfirmed(explanation, options.yes)) await writePositions(store, rows);
      } finally {
        await clickhouse.close();
      }
    });
  return acceptOptions(command);
}

export function planLogic(positions: readonly PositionRow[]): PositionRow[] {
  return positions
    .filter(p => p.logic_version !== LOGIC_VERSION)
    .map(p => replacing(p, { logic_version: LOGIC_VERSION }));
}
