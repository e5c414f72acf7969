import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { ChdbResult, Session } from 'chdb';
import type { Engine, SessionWish } from './engine.ts';
import { asClickHouse, exception } from './errors.ts';
import { createReply, type Reply, type Summary } from './reply.ts';
import { type Body, readBody, readWanted, spool, type Wanted } from './request.ts';
import { quote, readStatement, type Statement } from './statement.ts';
import type { Passwords } from './users.ts';

export interface FrontOptions {
  engine: Engine;
  passwords: Passwords;
  /** The engine's version. */
  version: string;
  /** Tells this server from any other that may come to listen on its port. */
  instance: string;
  log: (line: Record<string, unknown>, message: string) => void;
}

/** Longer than @clickhouse/client keeps an idle socket. */
const KEEP_ALIVE_MS = 30_000;
const UPLOAD_STALLED_MS_MAX = 300_000;
/** What a reader may send, as the engine itself spells a statement. Rights within them are the engine's to check. */
const READER_STATEMENTS = /^(?:SELECT|WITH|SHOW|DESCRIBE|EXPLAIN|EXISTS|\()/;

/** ClickHouse's HTTP interface. `idle`: resolves when no request is being answered. */
export function createFront(options: FrontOptions): { server: Server; idle(): Promise<void> } {
  const { engine, passwords, version, instance, log } = options;
  const running = new Set<Promise<void>>();
  let spooled = 0;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (isForeign(req))
      return plain(res, 403, 'Requests from other sites are refused; so are names other than localhost.\n');
    const url = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/ping' || url.pathname === '/replicas_status') return plain(res, 200, 'Ok.\n');
    if (url.pathname !== '/') return plain(res, 404, `There is no handle ${url.pathname}\n`);
    const queryId = url.searchParams.get('query_id') || randomUUID();
    res.setHeader('X-ClickHouse-Query-Id', queryId);
    res.setHeader('X-ClickHouse-Timezone', 'UTC');
    let reply = createReply(res, null);
    try {
      const wanted = readWanted(req, url, passwords);
      reply = createReply(res, wanted.encoding);
      if (req.method === 'GET' && wanted.query === '') return plain(res, 200, 'Ok.\n');
      await query(req, res, reply, wanted);
    } catch (error) {
      const told = asClickHouse(error);
      if (told.code === 1001) log({ error, queryId }, 'an error that is not the engine’s');
      await reply.fail(told, version);
      // What is left of the body is not read: the connection cannot carry another request.
      if (!req.complete) res.once('finish', () => req.destroy());
    }
  }

  async function query(
    req: IncomingMessage,
    res: ServerResponse,
    reply: Reply,
    wanted: Wanted,
  ): Promise<void> {
    req.socket.setTimeout(UPLOAD_STALLED_MS_MAX);
    const body = await readBody(req, wanted.query);
    const wish: SessionWish = { ...wanted, tag: randomUUID() };
    if (wanted.user === 'reader') await refuseWriting(body);
    if (body.insert !== null) {
      const { statement, data } = body.insert;
      const name = `insert-${++spooled}`;
      const file = join(engine.directory, name);
      try {
        await spool(data, file);
        req.socket.setTimeout(0);
        announce(res, statement.format);
        const result = await engine.write(() =>
          inSession(wanted, wish, false, session => session.queryAsync(statement.fromFile(name))),
        );
        return await reply.end({ written_rows: result.rowsRead, elapsed_ns: nanoseconds(result) });
      } finally {
        await rm(file, { force: true });
      }
    }
    req.socket.setTimeout(0);
    const statement = readStatement(body.text, wanted.format);
    announce(res, statement.format);
    if (statement.kind === 'select') {
      res.once('close', () => {
        // Whoever asked is gone. An insert is let finish, as ClickHouse does.
        if (!res.writableFinished)
          engine.kill(wish.tag).catch(error => log({ error }, 'a query could not be killed'));
      });
      return await select(res, reply, wanted, wish, statement, body.text);
    }
    const keeps = statement.kind === 'other' && statement.session;
    const result = await engine.write(() =>
      inSession(wanted, wish, keeps, session => session.queryAsync(body.text, { format: wanted.format })),
    );
    await reply.write(result.bytes());
    await reply.end({ result_rows: result.rowsRead, elapsed_ns: nanoseconds(result) });
  }

  function inSession<T>(
    wanted: Wanted,
    wish: SessionWish,
    keeps: boolean,
    job: (session: Session) => Promise<T>,
  ): Promise<T> {
    return wanted.session === null
      ? engine.withSession(wish, keeps, job)
      : engine.withNamedSession(wish, wanted.session, job);
  }

  /** The engine writes the result into a named pipe, which is read as fast as the client takes it. */
  async function select(
    res: ServerResponse,
    reply: Reply,
    wanted: Wanted,
    wish: SessionWish,
    statement: Extract<Statement, { kind: 'select' }>,
    text: string,
  ): Promise<void> {
    const held: Uint8Array[] = [];
    const summary = await engine.read(open =>
      inSession(wanted, wish, false, async (session): Promise<Summary> => {
        if (res.destroyed) return {};
        const { file, pipe } = open();
        let bytes = 0;
        const made = session
          .queryAsync(statement.intoFile(file))
          .finally(() => pipe.finish())
          .then(
            result => ({ result, error: null }),
            error => ({ result: null, error: asClickHouse(error) }),
          );
        for await (const chunk of pipe.stream) {
          bytes += chunk.byteLength;
          if (wanted.whole) held.push(chunk);
          else await reply.write(chunk);
        }
        const { result, error } = await made;
        if (result !== null) return counts(result, bytes);
        if (error.code !== 62 || bytes > 0) throw error;
        // The text with our clause in it did not parse: ask with the text as it came, for its result or its error.
        const plainly = await session.queryAsync(text, { format: wanted.format });
        await reply.write(plainly.bytes());
        return counts(plainly, plainly.bytes().byteLength);
      }),
    );
    for (const chunk of held) await reply.write(chunk);
    await reply.end(summary);
  }

  /** The engine's own parser says what a reader sends, so that no trick of spelling passes. */
  async function refuseWriting(body: Body): Promise<void> {
    const denied = exception(497, 'ACCESS_DENIED', 'reader: Not enough privileges. This user may only read');
    if (body.insert !== null || /outfile|infile/i.test(body.text)) throw denied;
    const spelled = await engine.control(`SELECT formatQuerySingleLine(${quote(body.text)})`);
    if (!READER_STATEMENTS.test(spelled.text())) throw denied;
  }

  const server = createServer((req, res) => {
    res.setHeader('X-ClickHouse-Server-Display-Name', 'Footfall (embedded)');
    res.setHeader('X-Footfall-Instance', instance);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    const work = answer(req, res).catch(error => {
      log({ error }, 'a request failed');
      res.destroy();
    });
    running.add(work);
    work.finally(() => running.delete(work));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An insert's body may take as long as its rows take to come; a stalled one is ended by the socket's timeout.
  server.requestTimeout = 0;
  return {
    server,
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/**
 * Only this machine reaches the port, but so does every page open in its browser. A page of another origin is told by
 * Origin or Sec-Fetch-Site; one that has its own name point to 127.0.0.1 (DNS rebinding), by Host.
 */
function isForeign(req: IncomingMessage): boolean {
  const local = (host: string): boolean =>
    ['127.0.0.1', 'localhost', '[::1]'].includes(host.replace(/:\d+$/, ''));
  const { host = '', origin } = req.headers;
  const foreignOrigin = origin !== undefined && !local(origin.replace(/^https?:\/\//, ''));
  return !local(host) || foreignOrigin || req.headers['sec-fetch-site'] === 'cross-site';
}

function plain(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=UTF-8' }).end(text);
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
