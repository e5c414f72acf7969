import { Command } from 'commander';
import { loadFile } from '../load/load.ts';
import { columnsOf, isLoadedName, LOADED_TABLES } from '../load/tables.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';

/** Of a file with many bad rows, so many are shown. */
const SHOWN_MAX = 50;

/** `footfall load TABLE FILE`: one of the tables that people keep, all of a file or nothing. */
export function loadCommand(): Command {
  const command = new Command('load')
    .description(
      'Loads a file into one of the tables that people keep: every row is checked, and where one is bad, nothing is loaded. A row replaces an earlier one of the same key. Money is in minor units, times are UTC.',
    )
    .argument('<table>', Object.keys(LOADED_TABLES).join(', '))
    .argument('<file>', '.csv with a header, .json (an array, or an object a line) or .avro')
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .addHelpText(
      'after',
      () => `\nColumns (those with * must be there, others have defaults):\n${columnsText()}`,
    )
    .action(async (table: string, path: string, options: { data?: string }) => {
      if (!isLoadedName(table))
        throw new UsageError(`unknown table '${table}'; tables: ${Object.keys(LOADED_TABLES).join(', ')}`);
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(
        settings,
        options.data === undefined ? undefined : existingDirectory(options.data),
      );
      try {
        const { client, database } = clickhouse;
        const { loaded, bad, unknownSites } = await loadFile({ client, database, table, path });
        for (const { place, reason } of bad.slice(0, SHOWN_MAX))
          process.stderr.write(`${path}: ${place}: ${reason}\n`);
        if (bad.length > SHOWN_MAX) process.stderr.write(`… and ${bad.length - SHOWN_MAX} more\n`);
        if (bad.length > 0) {
          process.stderr.write('nothing was loaded\n');
          process.exitCode = 1;
          return;
        }
        for (const site of unknownSites)
          process.stderr.write(`note: neither the table sites nor any event knows a site '${site}'\n`);
        process.stdout.write(`${table}: ${loaded} ${loaded === 1 ? 'row' : 'rows'} loaded\n`);
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'log');
}

function columnsText(): string {
  return Object.entries(LOADED_TABLES)
    .map(
      ([table, spec]) =>
        `  ${table}: ${columnsOf(spec)
          .map(([column, , required]) => (required ? `${column}*` : column))
          .join(', ')}\n`,
    )
    .join('');
}
