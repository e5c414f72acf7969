import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChdbResult, Session } from 'chdb';
import type { Engine, SessionWish } from './engine.ts';
import { asClickHouse, type ClickHouseException, exception } from './errors.ts';
import { openPipe } from './pipes.ts';
import type { Reply, Summary } from './reply.ts';
import { type Body, spool, type Wanted } from './request.ts';
import { type Insert, quote, readStatement, type Select } from './statement.ts';

export type Log = (line: Record<string, unknown>, message: string) => void;

/** One request on its way. */
export interface Exchange {
  wanted: Wanted;
  res: ServerResponse;
  reply: Reply;
}

interface Asked extends Exchange {
  wish: SessionWish;
}

export interface Runner {
  /** Runs a request's statement and answers it. Errors: the engine's, where nothing of an answer has been sent. */
  run(exchange: Exchange, body: Body): Promise<void>;
  /** Ends the reads that run; inserts go on. */
  cutReads(): void;
}

type Settled = { result: ChdbResult; error: null } | { result: null; error: ClickHouseException };
type Delivered = Settled & { bytes: number };

const KILL_AGAIN_MS = 500;
/** What a reader may send, as the engine itself spells a statement. Rights within them are the engine's to check. */
const READER_STATEMENTS = /^(?:SELECT|WITH|SHOW|DESCRIBE|EXPLAIN|EXISTS|\()/;

/** Brings statements to the engine and their results to the client. */
export function createRunner({ engine, log }: { engine: Engine; log: Log }): Runner {
  const reads = new Set<ServerResponse>();
  let spooled = 0;

  async function run(exchange: Exchange, body: Body): Promise<void> {
    const { wanted, res, reply } = exchange;
    const params = new Map([...wanted.params, ...body.params]);
    const asked: Asked = { ...exchange, wish: { ...wanted, params, tag: randomUUID() } };
    if (wanted.user === 'reader') await refuseWriting(body);
    if (body.insert !== null) return await insert(asked, body.insert);
    const statement = readStatement(body.text, wanted.format);
    announce(res, statement.format);
    if (statement.kind === 'select') return await select(asked, statement, body.text);
    const place = statement.reads ? engine.read : engine.write;
    const result = await place(() =>
      inSession(asked, statement.session, session =>
        session.queryAsync(body.text, { format: wanted.format }),
      ),
    );
    await reply.write(result.bytes());
    await reply.end({ result_rows: result.rowsRead, elapsed_ns: nanoseconds(result) });
  }

  /** The rows go to a file first: the engine loads whole files of any format, and half a body must insert nothing. */
  async function insert(
    asked: Asked,
    { statement, data }: { statement: Insert; data: AsyncIterable<Uint8Array> },
  ): Promise<void> {
    const file = join(engine.directory, `insert-${++spooled}`);
    try {
      await spool(data, file);
      announce(asked.res, statement.format);
      const result = await engine.write(() =>
        inSession(asked, false, session => session.queryAsync(statement.fromFile(file))),
      );
      await asked.reply.end({ written_rows: result.rowsRead, elapsed_ns: nanoseconds(result) });
    } finally {
      await rm(file, { force: true });
    }
  }

  function inSession<T>(
    { wanted, wish }: Asked,
    keeps: boolean,
    job: (session: Session) => Promise<T>,
  ): Promise<T> {
    return wanted.session === null
      ? engine.withSession(wish, keeps, job)
      : engine.withNamedSession(wish, wanted.session, job);
  }

  async function select(asked: Asked, statement: Select, text: string): Promise<void> {
    const { wanted, wish, res, reply } = asked;
    const over = new AbortController();
    res.once('close', () => {
      // Whoever asked is gone. (An insert is let finish, as ClickHouse does.)
      if (!res.writableFinished)
        kill(wish.tag, over.signal).catch(error => log({ err: error }, 'a query could not be killed'));
    });
    reads.add(res);
    try {
      const summary = await engine.read(place =>
        inSession(asked, false, async (session): Promise<Summary> => {
          if (res.destroyed) return {};
          const deliver = wanted.whole ? throughFile : throughPipe;
          const { result, error, bytes } = await deliver(session, statement, place, reply);
          if (result !== null) return counts(result, bytes);
          if (error.code !== 62 || bytes > 0) throw error;
          // The text with our clause in it did not parse: ask with the text as it came, for its result or its error.
          const plainly = await session.queryAsync(text, { format: wanted.format });
          await reply.write(plainly.bytes());
          return counts(plainly, plainly.bytes().byteLength);
        }),
      );
      await reply.end(summary);
    } finally {
      over.abort();
      reads.delete(res);
    }
  }

  /** The engine writes into a named pipe, which is read as fast as the client takes it: bounded memory, no wait. */
  async function throughPipe(
    session: Session,
    statement: Select,
    place: string,
    reply: Reply,
  ): Promise<Delivered> {
    const pipe = openPipe(place);
    const made = settle(session.queryAsync(statement.intoFile(place)).finally(() => pipe.finish()));
    let bytes = 0;
    for await (const chunk of pipe.stream) {
      bytes += chunk.byteLength;
      await reply.write(chunk);
    }
    return { ...(await made), bytes };
  }

  /** The result is whole before any of it is sent: for clients that ask to wait for the end of the query. */
  async function throughFile(
    session: Session,
    statement: Select,
    place: string,
    reply: Reply,
  ): Promise<Delivered> {
    const file = `${place}-whole`;
    try {
      const made = await settle(session.queryAsync(statement.intoFile(file)));
      let bytes = 0;
      if (made.error === null) {
        for await (const chunk of createReadStream(file)) {
          bytes += chunk.byteLength;
          await reply.write(chunk);
        }
      }
      return { ...made, bytes };
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Until it is over: a query that is only about to begin is not found at first. */
  async function kill(tag: string, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await engine.kill(tag);
      await delay(KILL_AGAIN_MS);
    }
  }

  /** The engine's own parser says what a reader sends, so that no trick of spelling passes. */
  async function refuseWriting(body: Body): Promise<void> {
    const denied = exception(497, 'ACCESS_DENIED', 'reader: Not enough privileges. This user may only read');
    if (body.insert !== null || /outfile|infile/i.test(body.text)) throw denied;
    const spelled = await engine.control(`SELECT formatQuerySingleLine(${quote(body.text)})`);
    if (!READER_STATEMENTS.test(spelled.text())) throw denied;
  }

  return {
    run,
    cutReads: () => {
      for (const res of reads) res.destroy();
    },
  };
}

function settle(made: Promise<ChdbResult>): Promise<Settled> {
  return made.then(
    result => ({ result, error: null }),
    error => ({ result: null, error: asClickHouse(error) }),
  );
}

function counts(result: ChdbResult, bytes: number): Summary {
  return { result_rows: result.rowsRead, result_bytes: bytes, elapsed_ns: nanoseconds(result) };
}

function nanoseconds(result: ChdbResult): number {
  return Math.round(result.elapsed * 1e9);
}

const CONTENT_TYPES: [RegExp, string][] = [
  [/^JSON.*EachRow/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^(?:TSV|TabSeparated)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSV/i, 'text/csv; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^(?:Native|RowBinary|Parquet|Arrow|ORC|Avro|MsgPack)/i, 'application/octet-stream'],
];

function announce(res: ServerResponse, format: string): void {
  const type = CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
  res.setHeader('X-ClickHouse-Format', format);
  res.setHeader('Content-Type', type);
}
