import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { CODECS, type Codec } from '../contract/eventFile.ts';
import { addSettings, required, settingsOf } from '../settings.ts';
import { DAY_MS } from '../simulate/calendar.ts';
import type { TruthCounts } from '../simulate/counts.ts';
import { writeHistory } from '../simulate/files.ts';
import { produceHistory, registerSchema } from '../simulate/produce.ts';
import { SHOP, SITES } from '../simulate/shop.ts';
import { createShop, type ShopOptions } from '../simulate/simulate.ts';
import { createKafkaClient } from '../sources/kafkaClient.ts';
import { UsageError } from '../usageError.ts';
import { kafkaConnection } from './kafka.ts';
import { createLog } from './log.ts';
import { createProgress, formatCount } from './progress.ts';

interface Options {
  out?: string;
  kafka?: boolean;
  topic?: string;
  rate: number;
  seed: string;
  visitors: number;
  days: number;
  end?: number;
  sites: string[];
  codec: Codec;
}

/** `footfall simulate`: the history of a simulated shop whose truth is known, into event files or to Kafka. */
export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description(
      'Writes the events of a simulated shop: event files by day, the tables that people load, and truth.json with every parameter and the exact counts. The same seed, visitors, days, end and sites give the same bytes.',
    )
    .option(
      '--out <dir>',
      'where to write events/DAY.avro, tables/TABLE.jsonl and truth.json; made if missing',
    )
    .option('--kafka', 'send the records to Kafka instead, with misframed ones; prints the counts')
    .option('--topic <name>', 'with --kafka: the topic (default: the first of KAFKA_TOPICS)')
    .option('--rate <records>', 'with --kafka: records a second; 0: as fast as it goes', wholeFrom(0), 0)
    .option('--seed <text>', 'which shop: any text', '1')
    .option('--visitors <n>', 'people who come for the first time within the period', wholeFrom(1), 20_000)
    .option('--days <n>', 'length of the period', wholeFrom(1), 90)
    .option('--end <day>', 'last day of the period, YYYY-MM-DD in UTC (default: yesterday)', dayOf)
    .option(
      '--sites <names>',
      `with commas between: ${SITES.map(({ site, currency, timezone }) => `${site} (${currency}, ${timezone})`).join(', ')}; visitors are those of the first`,
      sitesOf,
      [SHOP.site],
    )
    .addOption(
      new Option('--codec <name>', 'compression of the event files').choices(CODECS).default('snappy'),
    )
    .addHelpText(
      'after',
      `
Examples:
  footfall simulate --out history --visitors 50000 --days 120 --end 2026-10-31
  footfall simulate --out two --sites shop,outlet
  footfall replay history/events/*.avro --data .footfall
  footfall simulate --kafka --topic events --rate 500 --kafka-brokers localhost:9092`,
    )
    .action(async () => {
      const options = command.opts<Options>();
      const start = (options.end ?? yesterday()) + DAY_MS - options.days * DAY_MS;
      const given: ShopOptions = {
        seed: options.seed,
        visitors: options.visitors,
        start,
        days: options.days,
        sites: options.sites,
      };
      if (options.kafka === true) await toKafka(command, options, given);
      else await toFiles(options, given);
    });
  return addSettings(command, 'kafka', 'registry', 'log');
}

async function toFiles(options: Options, given: ShopOptions): Promise<void> {
  const { out, codec } = options;
  if (out === undefined) throw new UsageError('nowhere to write to: give --out DIR, or --kafka');
  if (existsSync(join(out, 'truth.json')) || existsSync(join(out, 'events'))) {
    throw new UsageError(`--out ${out}: a history is there already; give another folder, or remove it`);
  }
  const progress = createProgress('simulate', 'records');
  const started = performance.now();
  const written = await writeHistory({
    shop: createShop(given),
    given,
    out,
    codec,
    onProgress: records => progress.update(records, null),
  });
  const seconds = (performance.now() - started) / 1000;
  const records = recordsOf(written.sites);
  progress.end(
    `${formatCount(records)} records in ${seconds.toFixed(1)} s, ${formatCount(records / seconds)} a second`,
  );
  const bytes = written.files.reduce((sum, file) => sum + file.bytes, 0);
  const first = written.files[0]?.path ?? '';
  const last = written.files.at(-1)?.path ?? '';
  process.stdout.write(
    [
      `events  ${written.files.length} files, ${formatCount(bytes)} bytes: ${first} … ${last}`,
      ...written.tables.map(({ path, rows }) => `table   ${path}: ${formatCount(rows)} rows`),
      `truth   ${written.truth}`,
      ...siteLines(written.sites),
      '',
    ].join('\n'),
  );
}

async function toKafka(command: Command, options: Options, given: ShopOptions): Promise<void> {
  const settings = required(settingsOf(command), 'KAFKA_BROKERS');
  const topic = options.topic ?? settings.KAFKA_TOPICS?.[0];
  if (topic === undefined) throw new UsageError('no topic: give --topic NAME, or set KAFKA_TOPICS');
  const log = createLog(settings, 'warn');
  const url = settings.SCHEMA_REGISTRY_URL;
  const user = settings.SCHEMA_REGISTRY_USER;
  const password = settings.SCHEMA_REGISTRY_PASSWORD;
  const schemaId =
    url === undefined
      ? null
      : await registerSchema(topic, {
          url,
          ...(user === undefined ? {} : { user }),
          ...(password === undefined ? {} : { password }),
        });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const progress = createProgress(`simulate to ${topic}`, 'records');
  const sites = await produceHistory({
    shop: createShop(given),
    kafka: createKafkaClient({ ...kafkaConnection(settings), log }),
    topic,
    rate: options.rate,
    schemaId,
    signal: stop.signal,
    onProgress: records => progress.update(records, null),
  });
  progress.end(`${formatCount(recordsOf(sites))} records sent to ${topic}`);
  process.stdout.write(`${siteLines(sites).join('\n')}\n`);
  if (stop.signal.aborted) {
    process.stderr.write('stopped early\n');
    process.exitCode = 1;
  }
}

function recordsOf(sites: Record<string, TruthCounts>): number {
  return Object.values(sites).reduce((sum, counts) => sum + counts.records, 0);
}

/** What was made; of several sites under the name of each. */
function siteLines(sites: Record<string, TruthCounts>): string[] {
  const all = Object.entries(sites);
  return all.flatMap(([site, counts]) => [
    ...(all.length > 1 ? [`site    ${site}`] : []),
    ...countLines(counts),
  ]);
}

/** What was made, a line a count. */
function countLines(counts: TruthCounts): string[] {
  const rejected = Object.entries(counts.rejected);
  const orders = Object.values(counts.currencies).reduce((sum, money) => sum + money.orders, 0);
  const lines: [string, number][] = [
    ['records', counts.records],
    ['accepted', counts.accepted],
    ['duplicate', counts.duplicate],
    ['unconsented', counts.unconsented],
    ...rejected.map(([reason, n]): [string, number] => [`rejected: ${reason}`, n]),
    ['people', counts.people],
    ['sessions', counts.total.sessions],
    ['orders', orders],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const digits = Math.max(...lines.map(([, n]) => formatCount(n).length));
  return lines.map(([name, n]) => `${name.padEnd(width)}  ${formatCount(n).padStart(digits)}`);
}

function wholeFrom(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`${text}: a whole number from ${least} on is expected`);
    }
    return value;
  };
}

function sitesOf(text: string): string[] {
  const names = text.split(',').map(name => name.trim());
  for (const name of names) {
    if (!SITES.some(({ site }) => site === name))
      throw new UsageError(
        `--sites ${text}: '${name}' is none of ${SITES.map(({ site }) => site).join(', ')}`,
      );
  }
  if (new Set(names).size < names.length) throw new UsageError(`--sites ${text}: a site is named twice`);
  return names;
}

function dayOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new UsageError(`--end ${text}: a day like 2026-10-31 is expected`);
  }
  return time;
}

function yesterday(): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
}
