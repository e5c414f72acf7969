import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { csvEvent, csvRows, readMapping } from '../import/csv.ts';
import { ga4Event, ga4Rows } from '../import/ga4.ts';
import { type Format, type ImportReport, importFiles } from '../import/import.ts';
import { UsageError } from '../usageError.ts';
import { createProgress, formatCount } from './progress.ts';

interface Shared {
  out: string;
  strict?: boolean;
}

/** `footfall import ga4|csv FILE…`: other exports to an event file, with a report of what did not map. */
export function importCommand(): Command {
  const command = new Command('import').description(
    'Turns exports of other tools into an event file for `replay`, and tells what did not map. Files may be packed by gzip. docs/import.md has the tables.',
  );
  shared(
    command
      .command('ga4')
      .description('A BigQuery export of Google Analytics 4, as JSON lines.')
      .argument('<file...>', 'an object a line, as `bq extract` writes them')
      .option('--site <name>', 'the shop that the events are of', 'shop')
      .option('--currency <code>', 'of rows with money that name none; ISO 4217', currency),
  ).action(async (paths: string[], options: Shared & { site: string; currency?: string }) => {
    const { site, currency: money } = options;
    const given = { site, ...(money === undefined ? {} : { currency: money }) };
    await run(paths, options, { rows: ga4Rows, event: row => ga4Event(row, given) });
  });
  shared(
    command
      .command('csv')
      .description('CSV with a header line, by a mapping file.')
      .argument('<file...>', 'files with the same header')
      .requiredOption('--map <file>', 'JSON: which column is which field'),
  ).action(async (paths: string[], options: Shared & { map: string }) => {
    const mapping = await readMapping(options.map);
    await run(paths, options, { rows: path => csvRows(path, mapping), event: row => csvEvent(row, mapping) });
  });
  return command;
}

function shared(command: Command): Command {
  return command
    .requiredOption('--out <file>', 'the event file to write; must not be there')
    .option('--strict', 'fail at the first row that is refused');
}

async function run<T>(paths: string[], { out, strict }: Shared, format: Format<T>): Promise<void> {
  if (existsSync(out)) throw new UsageError(`--out ${out}: is there already`);
  const missing = paths.find(path => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`${missing}: no such file`);
  const progress = createProgress('import', 'rows');
  const started = performance.now();
  const report = await importFiles({
    format,
    paths,
    out,
    strict: strict === true,
    now: Date.now(),
    onProgress: rows => progress.update(rows, null),
  });
  const seconds = (performance.now() - started) / 1000;
  progress.end(`${formatCount(report.rows)} rows in ${seconds.toFixed(1)} s`);
  process.stdout.write(`${reportText(out, report)}\n`);
  if (report.written === 0) {
    process.stderr.write('no row could be taken: nothing was written\n');
    process.exitCode = 1;
  }
}

function reportText(out: string, report: ImportReport): string {
  const lines = [
    `${formatCount(report.rows)} rows: ${formatCount(report.written)} events written${report.written > 0 ? ` to ${out}` : ''}, ${formatCount(report.refused)} refused`,
    ...Object.entries(report.events).map(([name, n]) => `  ${name}: ${formatCount(n)}`),
  ];
  if (report.left.length > 0) {
    lines.push('not mapped:');
    for (const { field, why, rows } of report.left)
      lines.push(`  ${field}: ${formatCount(rows)} rows (${why})`);
  }
  if (report.leftOthers > 0) lines.push(`  and further fields, in ${formatCount(report.leftOthers)} places`);
  if (report.refused > 0) {
    lines.push('refused:');
    for (const { path, line, reason } of report.refusals) lines.push(`  ${path}: line ${line}: ${reason}`);
    if (report.refused > report.refusals.length)
      lines.push(`  … and ${formatCount(report.refused - report.refusals.length)} more`);
  }
  return lines.join('\n');
}

function currency(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new UsageError(`--currency ${text}: a code like EUR is expected`);
  return text;
}
