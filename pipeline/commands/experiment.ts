import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { readExperiment } from '../readout/read.ts';
import { textOf } from '../readout/text.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';

interface Options {
  html?: string;
  by?: string;
  json?: boolean;
  data?: string;
}

/** Segments of the page where none are asked for. */
const PAGE_DIMENSIONS = ['device', 'channel', 'new_or_returning'];

/** `footfall experiment ID`: what an experiment has shown, in words and numbers, on the terminal or as a page. */
export function experimentCommand(): Command {
  const command = new Command('experiment')
    .description(
      'Prints what an experiment has shown: the verdict in words, every metric and variation with its interval, CUPED and adjusted p-value, and whether it may be read at all.',
    )
    .argument('<id>', 'of the table experiments')
    .option(
      '--html <file>',
      'write one self-contained page: also the course over the days, segments, the SQL of each number and what the words mean',
    )
    .option(
      '--by <dimensions>',
      `segments too, with commas between, such as device,country (with --html: ${PAGE_DIMENSIONS.join(',')})`,
    )
    .option('--json', 'print all of it as JSON')
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .action(async (experiment: string, options: Options) => {
      const by =
        options.by?.split(',').map(part => part.trim()) ??
        (options.html === undefined ? [] : PAGE_DIMENSIONS);
      // Before a minute of questions.
      if (options.html !== undefined && !existsSync(dirname(resolve(options.html))))
        throw new UsageError(`--html: there is no folder ${dirname(options.html)}`);
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(
        settings,
        options.data === undefined ? undefined : existingDirectory(options.data),
      );
      try {
        const { client, database } = clickhouse;
        const timeline = options.html !== undefined || options.json === true;
        const readout = await readExperiment({ client, database, experiment, by, timeline });
        if (options.html !== undefined) {
          const { pageOf } = await import('../readout/page.ts');
          await writeFile(options.html, pageOf(readout, { madeAt: new Date() }));
        }
        if (options.json === true) process.stdout.write(`${JSON.stringify(readout)}\n`);
        else if (options.html === undefined) process.stdout.write(textOf(readout, { colour: hasColour() }));
        else process.stdout.write(`${options.html}\n`);
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'log');
}

/** https://no-color.org */
function hasColour(): boolean {
  return process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.stdout.hasColors();
}
