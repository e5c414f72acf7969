import { Command } from 'commander';
import { type FitReport, fitSite } from '../fit/fit.ts';
import type { Fitted } from '../fit/likelihood.ts';
import { day } from '../load/kinds.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';

interface Options {
  site: string;
  asOf?: string;
  lookback: string;
  holdOut: string;
  json?: boolean;
  data?: string;
}

/** `footfall fit`: the models behind predictions and the attribution model markov. */
export function fitCommand(): Command {
  const command = new Command('fit')
    .description(
      'Fits the prediction models (BG/NBD: when people order, gamma-gamma: what an order is worth; by maximum likelihood) and the removal effects of the attribution model markov, tests them on days held out, and stores the parameters in the table models.',
    )
    .requiredOption('--site <site>', 'the shop')
    .option(
      '--as-of <day>',
      'YYYY-MM-DD: on what was known at the end of this day (default: the last whole day)',
    )
    .option('--lookback <days>', 'lookbacks of markov, with commas between', '7,30,90')
    .option('--hold-out <days>', 'days before --as-of to test the fit on; 0: none', '90')
    .option('--json', 'print the report as JSON')
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .action(async (options: Options) => {
      if (options.asOf !== undefined && day.read(options.asOf) === undefined)
        throw new UsageError(`--as-of is '${options.asOf}'; it may be ${day.may}`);
      const lookbackDays = options.lookback.split(',').map(part => daysOf('--lookback', part, 1, 365));
      const holdOutDays = daysOf('--hold-out', options.holdOut, 0, 3_650);
      const settings = settingsOf(command);
      const dataDir = options.data === undefined ? undefined : existingDirectory(options.data);
      const clickhouse = await openClickHouse(settings, dataDir);
      try {
        const { client, database } = clickhouse;
        const report = await fitSite({
          client,
          database,
          site: options.site,
          asOf: options.asOf,
          lookbackDays,
          holdOutDays,
        });
        process.stdout.write(options.json === true ? `${jsonOf(report)}\n` : textOf(report));
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'log');
}

function daysOf(option: string, written: string, min: number, max: number): number {
  const days = Number(written.trim());
  if (!/^\d{1,5}$/.test(written.trim()) || days < min || days > max)
    throw new UsageError(`${option} is '${written}'; it may be a whole number of days from ${min} to ${max}`);
  return days;
}

function jsonOf(report: FitReport): string {
  const markov = report.markov.map(m => ({ ...m, shares: Object.fromEntries(m.shares) }));
  return JSON.stringify({ ...report, markov });
}

function textOf({ site, asOf, orders, spend, backTest, markov }: FitReport): string {
  const lines = [
    `${site}, as of the end of ${asOf}`,
    fitText('bg_nbd', orders),
    fitText('gamma_gamma', spend),
  ];
  if (backTest === null)
    lines.push('hold-out: none (no customers before it, or no convergence on the days before it)');
  else {
    const { holdOutDays, people, predicted, came, error, errorOfSame, deciles } = backTest;
    const off = came === 0 ? '' : ` (${(100 * (predicted / came - 1)).toFixed(1)} %)`;
    lines.push(
      `hold-out: the last ${holdOutDays} days, ${people} customers: ${predicted.toFixed(1)} order days predicted, ${came} came${off}`,
      `  mean error a customer: ${error.toFixed(3)}; of 'same as before': ${errorOfSame.toFixed(3)}`,
      '  tenth  customers  predicted  came (order days a customer)',
      ...deciles.map(
        (d, i) =>
          `  ${String(i + 1).padStart(5)}  ${String(d.people).padStart(9)}  ${d.predicted.toFixed(3).padStart(9)}  ${d.came.toFixed(3)}`,
      ),
    );
  }
  for (const { lookbackDays, shares, paths } of markov) {
    const list = [...shares]
      .sort((a, b) => b[1] - a[1])
      .map(([channel, share]) => `${channel} ${(100 * share).toFixed(1)} %`);
    lines.push(
      `markov, lookback ${lookbackDays} days, ${paths} paths: ${list.length === 0 ? 'not fitted: no path ends in an order' : list.join(', ')}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function fitText(model: string, { parameters, logLikelihood, converged, people }: Fitted<string>): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name} ${value.toPrecision(5)}`);
  if (people === 0) return `${model}: not fitted: nobody came back`;
  return `${model}: ${list.join(', ')}; log-likelihood ${logLikelihood.toFixed(1)} of ${people} customers; ${converged ? 'converged' : 'DID NOT CONVERGE: views give NULL'}`;
}
