import { Command } from 'commander';
import pino from 'pino';
import { openEmbedded } from '../embedded/start.ts';
import { migrateDatabase } from '../migrate.ts';
import { type LedgerLine, replayFiles } from '../replay.ts';
import { embeddedClient } from './clickhouse.ts';
import { createProgress, formatCount } from './progress.ts';

/** `footfall replay FILE.avro… --data DIR`: event files to their end, through the loop that reads Kafka. */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'read Avro event files to their end into a data directory, and print what became of their records',
    )
    .argument('<files...>', 'Avro object container files, of any schema that resolves to footfall.Event')
    .requiredOption('--data <dir>', 'data directory of the embedded ClickHouse; made if missing')
    .option('--json', 'print the ledger as JSON')
    .action(async (files: string[], options: { data: string; json?: boolean }) => {
      const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination(2));
      const clickhouse = await openEmbedded(options.data);
      const client = embeddedClient(clickhouse.url);
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      try {
        await migrateDatabase({ client, database: 'footfall' });
        const progress = createProgress('replay', 'records');
        const started = performance.now();
        const report = await replayFiles({
          client,
          database: 'footfall',
          paths: files,
          log,
          signal: stop.signal,
          onInspected: (path, info) =>
            process.stderr.write(
              `${path}: ${formatCount(info.records)} records, ${info.codec}, ${formatCount(info.bytes)} bytes\n`,
            ),
          onProgress: (done, total) => progress.update(done, total),
        });
        const seconds = (performance.now() - started) / 1000;
        for (const path of report.known) process.stderr.write(`${path}: read before, nothing to do\n`);
        progress.end(`${formatCount(report.records)} records in ${seconds.toFixed(1)} s`);
        process.stdout.write(
          options.json === true ? `${JSON.stringify(report)}\n` : ledgerText(report.ledger),
        );
        if (stop.signal.aborted) {
          process.stderr.write('stopped early: the same command goes on from here\n');
          process.exitCode = 1;
        }
      } finally {
        await client.close();
        await clickhouse.close();
      }
    });
}

/** The ledger of all event files, and whether it adds up. */
function ledgerText(ledger: readonly LedgerLine[]): string {
  const of = (outcome: string): number =>
    ledger.filter(l => l.outcome === outcome).reduce((n, l) => n + l.records, 0);
  const outcomes = ledger.filter(l => l.outcome !== 'consumed' && l.outcome !== 'misplaced');
  const lines: Array<[string, number]> = [
    ['consumed', of('consumed')],
    ...outcomes.map(
      l => [l.reason === '' ? l.outcome : `${l.outcome}: ${l.reason}`, l.records] as [string, number],
    ),
    ['residual', of('consumed') - outcomes.reduce((n, l) => n + l.records, 0)],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const digits = Math.max(...lines.map(([, n]) => formatCount(n).length));
  return lines.map(([name, n]) => `${name.padEnd(width)}  ${formatCount(n).padStart(digits)}\n`).join('');
}
