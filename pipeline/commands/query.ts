import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { openEmbedded } from '../embedded/start.ts';
import { UsageError } from '../usageError.ts';
import { DEFAULT_DATA_DIR, existingDirectory } from './dataDirectory.ts';

/** `footfall query`: one query over a data directory, its answer streamed to standard output. */
export function queryCommand(): Command {
  return new Command('query')
    .description(
      'Asks the ClickHouse of a data directory one query, whether or not a demo or serve runs on it. Example: query "SELECT * FROM freshness"',
    )
    .argument('<sql>', 'the query; - reads it from standard input')
    .option('--data <dir>', 'data directory', DEFAULT_DATA_DIR)
    .option(
      '--format <name>',
      'any format of ClickHouse (default: PrettyCompact on a terminal, else TabSeparatedWithNames)',
    )
    .action(async (sql: string, options: { data: string; format?: string }) => {
      const query = sql === '-' ? await text(process.stdin) : sql;
      if (query.trim() === '') throw new UsageError('the query is empty');
      const format =
        options.format ?? (process.stdout.isTTY === true ? 'PrettyCompact' : 'TabSeparatedWithNames');
      const embedded = await openEmbedded(existingDirectory(options.data));
      try {
        await stream(embedded.url, query, format);
      } finally {
        await embedded.close();
      }
    });
}

/** Errors: what ClickHouse says, also where it says so in mid-answer. */
async function stream(url: string, query: string, format: string): Promise<void> {
  const address = new URL(url);
  address.searchParams.set('default_format', format);
  // Views are called by their plain names.
  address.searchParams.set('database', 'footfall');
  const answer = await fetch(address, { method: 'POST', body: query });
  if (!answer.ok) throw new Error(readable(await answer.text()));
  // ClickHouse marks an error after the first bytes of an answer by this tag, which no data can hold by chance.
  const tag = answer.headers.get('x-clickhouse-exception-tag');
  const marker = tag === null ? null : Buffer.from(`\r\n__exception__\r\n${tag}\r\n`);
  let held = Buffer.alloc(0);
  let failure: string | null = null;
  try {
    for await (const chunk of answer.body ?? []) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      if (failure !== null) continue;
      const at = marker === null ? -1 : held.indexOf(marker);
      if (at >= 0) {
        await write(held.subarray(0, at));
        held = held.subarray(at + (marker?.length ?? 0));
        failure = '';
        continue;
      }
      // The marker may come in two pieces: its length is kept back.
      const keep = marker === null ? 0 : Math.min(marker.length, held.length);
      await write(held.subarray(0, held.length - keep));
      held = held.subarray(held.length - keep);
    }
  } catch (error) {
    // After an error ClickHouse cuts the answer; without one the cut is the error.
    if (failure === null) throw new Error('the answer was cut off: the server ended', { cause: error });
  }
  if (failure !== null)
    throw new Error(readable(held.toString('utf8').replace(/\r?\n\d+ \w+\r\n__exception__[\s\S]*$/, '')));
  await write(held);
}

async function write(bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0 && !process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

/** A message of ClickHouse without what only its makers need. */
function readable(message: string): string {
  return message
    .trim()
    .replace(/ \(version [^)]*\)$/, '')
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/: while executing 'FUNCTION throwIf[\s\S]*$/, '');
}
