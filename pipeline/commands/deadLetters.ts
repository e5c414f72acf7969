import type { ClickHouseClient } from '@clickhouse/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { REJECT_REASONS } from '../contract/outcome.ts';
import { addSettings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { openClickHouse } from './clickhouse.ts';
import { existingDirectory } from './dataDirectory.ts';
import { decodedAsFarAsPossible, hexDump } from './deadLetter.ts';

interface ListOptions {
  data?: string;
  topic?: string;
  reason?: string;
  since?: string;
  limit: number;
  format: 'table' | 'json';
}

interface ShowOptions {
  data?: string;
  epoch?: number;
}

/** `footfall dead-letters list|show`. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('Records that were rejected: kept whole, with the reason.')
    .addCommand(listCommand())
    .addCommand(showCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('The newest rejected records, without those whose replayed copy was accepted.')
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .option('--topic <topic>', 'of this topic')
    .addOption(new Option('--reason <reason>', 'of this reason').choices(REJECT_REASONS))
    .option(
      '--since <time>',
      'that arrived since: 2026-11-01, 2026-11-01T12:00:00Z, or an age (90m, 24h, 7d)',
    )
    .option('--limit <rows>', 'at most so many', wholeNumber(1, 1_000_000), 50)
    .addOption(new Option('--format <format>', 'how').choices(['table', 'json']).default('table'))
    .action(async (options: ListOptions) => {
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(settings, existing(options.data));
      try {
        await list(clickhouse.client, clickhouse.database, options);
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse');
}

function showCommand(): Command {
  const command = new Command('show')
    .description('One rejected record: its place, the reason, its bytes, and what of it can be decoded.')
    .argument('<topic>')
    .argument('<partition>', 'number', wholeNumber(0, 2 ** 31))
    .argument('<offset>', 'number', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server')
    .option('--epoch <number>', 'of this epoch (default: the newest)', wholeNumber(0, 2 ** 31))
    .action(async (topic: string, partition: number, offset: number, options: ShowOptions) => {
      const settings = settingsOf(command);
      const clickhouse = await openClickHouse(settings, existing(options.data));
      try {
        const letter = await read(clickhouse.client, clickhouse.database, {
          topic,
          partition,
          offset,
          epoch: options.epoch ?? null,
        });
        process.stdout.write(await describe(letter, settings));
      } finally {
        await clickhouse.close();
      }
    });
  return addSettings(command, 'clickhouse', 'registry');
}

interface Listed {
  arrival: string;
  topic: string;
  epoch: number;
  partition: number;
  offset: string;
  reason: string;
  bytes: string | null;
  detail: string;
}

async function list(client: ClickHouseClient, database: string, options: ListOptions): Promise<void> {
  const where = ['1'];
  const query_params: Record<string, unknown> = { limit: options.limit };
  if (options.topic !== undefined) {
    where.push('l.topic = {topic:String}');
    query_params.topic = options.topic;
  }
  if (options.reason !== undefined) {
    where.push('l.reason = {reason:String}');
    query_params.reason = options.reason;
  }
  if (options.since !== undefined) {
    where.push('l.arrival >= fromUnixTimestamp64Milli({since:Int64})');
    query_params.since = timeOf(options.since, Date.now());
  }
  const from = `FROM ${database}.dead_letters AS l WHERE ${where.join(' AND ')}`;
  const counts = await client.query({
    query: `SELECT reason, toUInt32(count()) AS n ${from} GROUP BY reason ORDER BY n DESC, reason`,
    query_params,
    format: 'JSONEachRow',
  });
  const reasons = await counts.json<{ reason: string; n: number }>();
  const answer = await client.query({
    query: `SELECT formatDateTime(l.arrival, '%Y-%m-%dT%H:%i:%S') || 'Z' AS arrival, topic, epoch, partition, toString(l.offset) AS offset,
              reason, toString(length(l.bytes)) AS bytes, detail, site, platform, replay_of
            ${from} ORDER BY l.arrival DESC, topic, epoch, partition, l.offset DESC LIMIT {limit:UInt32}`,
    query_params,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<Listed>();
  if (options.format === 'json') {
    process.stdout.write(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
    return;
  }
  const all = reasons.reduce((sum, { n }) => sum + n, 0);
  process.stderr.write(
    all === 0
      ? 'no dead letters\n'
      : `${all} in all: ${reasons.map(({ reason, n }) => `${n} ${reason}`).join(', ')}${rows.length < all ? `; the newest ${rows.length} here (--limit)` : ''}\n`,
  );
  if (rows.length === 0) return;
  const width = process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY;
  process.stdout.write(
    table(
      ['arrival', 'topic', 'epoch', 'partition', 'offset', 'reason', 'bytes', 'detail'],
      rows.map(r => [
        r.arrival,
        r.topic,
        String(r.epoch),
        String(r.partition),
        r.offset,
        r.reason,
        r.bytes ?? 'null',
        oneLine(r.detail),
      ]),
      width,
    ),
  );
}

interface Letter {
  topic: string;
  epoch: number;
  partition: number;
  offset: string;
  arrival: string;
  reason: string;
  detail: string;
  site: string;
  platform: string;
  replay_of: string;
  key: string | null;
  bytes: string | null;
  headers: Array<[name: string, value: string]>;
}

async function read(
  client: ClickHouseClient,
  database: string,
  place: { topic: string; partition: number; offset: number; epoch: number | null },
): Promise<Letter> {
  const answer = await client.query({
    // From the table itself: also one whose copy was accepted can be looked at.
    query: `SELECT topic, epoch, partition, toString(offset) AS offset, toString(arrival) AS arrival, reason, detail, site, platform,
              replay_of, hex(key) AS key, hex(bytes) AS bytes, arrayMap(h -> (h.1, hex(h.2)), headers) AS headers
            FROM ${database}.dead_letter_rows FINAL
            WHERE topic = {topic:String} AND partition = {partition:UInt32} AND dead_letter_rows.offset = {offset:UInt64}
              AND ({epoch:Int64} < 0 OR epoch = {epoch:Int64})
            ORDER BY epoch DESC LIMIT 1`,
    query_params: { ...place, epoch: place.epoch ?? -1 },
    format: 'JSONEachRow',
  });
  const [letter] = await answer.json<Letter>();
  if (letter === undefined)
    throw new Error(`no dead letter at ${place.topic} partition ${place.partition} offset ${place.offset}`);
  return letter;
}

async function describe(
  letter: Letter,
  settings: Parameters<typeof decodedAsFarAsPossible>[1],
): Promise<string> {
  const hex = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'hex'));
  const bytes = hex(letter.bytes);
  const key = hex(letter.key);
  const facts: Array<[string, string]> = [
    ['topic', letter.topic],
    ['epoch', String(letter.epoch)],
    ['partition', String(letter.partition)],
    ['offset', letter.offset],
    ['arrival', `${letter.arrival} UTC`],
    ['reason', letter.reason],
    ['detail', letter.detail],
    ['site', letter.site],
    ['platform', letter.platform],
    ['replay of', letter.replay_of],
    ['key', key === null ? 'null' : printable(key)],
    ...letter.headers.map(([name, value]): [string, string] => [
      `header ${name}`,
      printable(Buffer.from(value, 'hex')),
    ]),
    ['bytes', bytes === null ? 'null' : String(bytes.length)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const told = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(width)}  ${value}\n`);
  if (bytes === null || bytes.length === 0) return told.join('');
  const decoded = await decodedAsFarAsPossible(bytes, settings);
  return `${told.join('')}\n${hexDump(bytes)}\n${decoded}\n`;
}

const existing = (dataDir: string | undefined): string | undefined =>
  dataDir === undefined ? undefined : existingDirectory(dataDir);

/** As text where it is text, else in hexadecimal. */
function printable(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return /^[^\p{C}\uFFFD]*$/u.test(text) ? text : `0x${bytes.toString('hex')}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** Columns as wide as they need be, numbers to the right, the last one cut at the terminal's edge. */
function table(titles: string[], rows: string[][], width: number): string {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  const numeric = titles.map((_, i) => rows.every(row => /^\d+$|^null$/.test(row[i] ?? '')));
  return [titles, ...rows]
    .map(row => {
      const line = row
        .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd();
      return `${line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`;
    })
    .join('');
}

/** Ms of a time or of an age before `now`. Errors: UsageError. */
export function timeOf(text: string, now: number): number {
  const age = /^(\d{1,6})(m|h|d)$/.exec(text);
  if (age !== null) {
    const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[age[2] ?? ''] ?? 0;
    return now - Number(age[1]) * unit;
  }
  // Without a zone, UTC: as everything here. A date such as 2026-02-31 would else be taken for another.
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?Z?$/.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? '00:00'}Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== match?.[1]) {
    throw new UsageError(
      `--since: got ${JSON.stringify(text)}; it may be a day (2026-11-01), a time in UTC (2026-11-01T12:00:00Z) or an age (90m, 24h, 7d)`,
    );
  }
  return ms;
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return value => {
    const n = Number(value);
    if (!/^\d{1,16}$/.test(value) || n < min || n > max)
      throw new InvalidArgumentError(`It may be a whole number from ${min} to ${max}.`);
    return n;
  };
}
