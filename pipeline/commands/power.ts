import { Command } from 'commander';
import { powerOf } from '../readout/power.ts';
import { powerText } from '../readout/powerText.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';

interface Options {
  site: string;
  metric: string;
  effect: string;
  arms?: string;
  allocation?: string;
  share: string;
  metrics: string;
  power: string;
  alpha: string;
  daysOfHistory: string;
  exposedBy?: string;
  json?: boolean;
  data?: string;
}

/** `footfall power`: how many people and days an experiment needs, from a site's own history. */
export function powerCommand(): Command {
  const command = new Command('power')
    .description(
      "How many people and days an experiment needs to see an effect, and what can be seen in so many weeks: from a site's own history, by the same SQL functions as experiment_results.",
    )
    .requiredOption('--site <site>', 'the shop')
    .requiredOption(
      '--metric <metric>',
      'of the table metrics; or any:EVENT (share of people with it), count:EVENT (a person), revenue (a person)',
    )
    .option('--effect <share>', 'relative: 0.05 is a lift of 5 %, -0.05 a drop', '0.05')
    .option('--arms <n>', 'arms of equal size, the control counted (default: 2)')
    .option('--allocation <weights>', 'in place of --arms: of each arm, the control first, such as 0.8,0.2')
    .option('--share <share>', 'of all people, those who are in the experiment', '1')
    .option('--metrics <n>', 'metrics that will be judged, guardrails aside: they share alpha', '1')
    .option('--power <share>', 'how often the effect is to be seen if it is there', '0.8')
    .option('--alpha <share>', 'how often one may be seen that is not', '0.05')
    .option('--days-of-history <days>', 'the last whole days of the site', '28')
    .option(
      '--exposed-by <event>',
      'people come into the experiment by this event (default: by their first visit)',
    )
    .option('--json', 'print the report as JSON')
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .addHelpText(
      'after',
      `
Examples:
  footfall power --site shop --metric any:purchase --effect 0.05 --data .footfall
  footfall power --site shop --metric revenue --effect 0.1 --arms 3 --metrics 2 --exposed-by view_item`,
    )
    .action(async (options: Options) => {
      const effect = numberOf('--effect', options.effect, -0.99, 10);
      if (effect === 0) throw new UsageError('--effect is 0; it may be a share other than 0, such as 0.05');
      if (options.arms !== undefined && options.allocation !== undefined)
        throw new UsageError('--arms and --allocation both say how many arms there are: give one of them');
      if (options.exposedBy !== undefined && !/^[a-z][a-z0-9_]{0,39}$/.test(options.exposedBy))
        throw new UsageError(`--exposed-by: not an event name: '${options.exposedBy}'`);
      const power = numberOf('--power', options.power, 0.5, 0.9999);
      if (power === 0.5) throw new UsageError('--power is 0.5; it may be a share above 0.5');
      const asked = {
        site: options.site,
        metric: options.metric,
        effect,
        allocation: allocationOf(options),
        share: numberOf('--share', options.share, 0.0001, 1),
        metrics: wholeOf('--metrics', options.metrics, 1, 100),
        power,
        alpha: numberOf('--alpha', options.alpha, 0.000001, 0.5),
        historyDays: wholeOf('--days-of-history', options.daysOfHistory, 7, 365),
        exposedBy: options.exposedBy,
      };
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(
        settings,
        options.data === undefined ? undefined : existingDirectory(options.data),
      );
      try {
        const { client, database } = clickhouse;
        const report = await powerOf({ client, database, ...asked });
        process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : powerText(report));
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'log');
}

function allocationOf({ arms, allocation }: Options): number[] {
  if (allocation === undefined) return new Array<number>(wholeOf('--arms', arms ?? '2', 2, 20)).fill(1);
  const weights = allocation.split(',').map(part => Number(part.trim() === '' ? Number.NaN : part));
  if (
    weights.length < 2 ||
    weights.length > 20 ||
    !weights.every(weight => Number.isFinite(weight) && weight > 0)
  )
    throw new UsageError(
      `--allocation is '${allocation}'; it may be two to twenty numbers above 0 with commas between, such as 0.8,0.2`,
    );
  return weights;
}

function numberOf(option: string, written: string, min: number, max: number): number {
  const value = Number(written);
  if (written.trim() === '' || !(value >= min && value <= max))
    throw new UsageError(`${option} is '${written}'; it may be a number from ${min} to ${max}`);
  return value;
}

function wholeOf(option: string, written: string, min: number, max: number): number {
  const value = numberOf(option, written, min, max);
  if (!Number.isInteger(value))
    throw new UsageError(`${option} is '${written}'; it may be a whole number from ${min} to ${max}`);
  return value;
}
