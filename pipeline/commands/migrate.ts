import { Command } from 'commander';
import { migrateDatabase } from '../migrate.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { openClickHouse } from './clickhouse.ts';
import { createLog } from './log.ts';

/** `footfall migrate`: the tables, functions, views and roles of this version. */
export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description(
      "Brings a ClickHouse to this version's tables, functions, views and roles. Twice is once. The user needs the right to make them; on a server with its own users also the roles footfall_reader and footfall_writer.",
    )
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .action(async (options: { data?: string }) => {
      const settings = settingsOf(command);
      const started = performance.now();
      const clickhouse = await openClickHouse(settings, options.data);
      try {
        const done = await migrateDatabase({
          client: clickhouse.client,
          database: clickhouse.database,
          cluster: settings.CLICKHOUSE_CLUSTER,
          passwords: {
            reader: settings.CLICKHOUSE_READER_PASSWORD,
            writer: settings.CLICKHOUSE_WRITER_PASSWORD,
          },
          log: createLog(settings),
        });
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        const lines = [
          ...list('created', done.created),
          ...list('changed', done.changed),
          ...list('roles and users', done.access),
          ...list('left from another version', done.obsolete),
          `${clickhouse.database}: ${done.created.length} created, ${done.changed.length} changed, ${done.unchanged} as they were, ${seconds} s`,
        ];
        process.stdout.write(`${lines.join('\n')}\n`);
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'log');
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`];
}
