import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Engine } from './engine.ts';
import { asClickHouse } from './errors.ts';
import { createRunner, type Log } from './query.ts';
import { createReply } from './reply.ts';
import { readBody, readBytes, readWanted } from './request.ts';
import type { Passwords } from './users.ts';

export interface FrontOptions {
  engine: Engine;
  passwords: Passwords;
  /** The engine's version. */
  version: string;
  /** Tells this server from any other that may come to listen on its port. */
  instance: string;
  log: Log;
}

/** Longer than @clickhouse/client keeps an idle socket. */
const KEEP_ALIVE_MS = 30_000;
/** ClickHouse's own limit: clients put parameters and the head of an INSERT into the URL. */
const URL_BYTES_MAX = 1024 * 1024;
const UPLOAD_STALLED_MS_MAX = 300_000;

export interface Front {
  server: Server;
  /** Resolves when no request is being answered. */
  idle(): Promise<void>;
  /** Ends the reads that run; inserts go on. */
  cutReads(): void;
}

/** ClickHouse's HTTP interface. */
export function createFront(options: FrontOptions): Front {
  const { engine, passwords, version, instance, log } = options;
  const runner = createRunner({ engine, log });
  const running = new Set<Promise<void>>();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (isForeign(req)) {
      return plain(res, 403, 'Requests from other sites are refused; so are names other than localhost.\n');
    }
    const url = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/ping' || url.pathname === '/replicas_status') return plain(res, 200, 'Ok.\n');
    if (url.pathname !== '/') return plain(res, 404, `There is no handle ${url.pathname}\n`);
    const queryId = url.searchParams.get('query_id') || randomUUID();
    res.setHeader('X-ClickHouse-Query-Id', queryId);
    res.setHeader('X-ClickHouse-Timezone', 'UTC');
    let reply = createReply(res, null);
    const bytes = readBytes(req);
    try {
      const wanted = readWanted(req, url, passwords);
      reply = createReply(res, wanted.encoding);
      if (req.method === 'GET' && wanted.query === '') return plain(res, 200, 'Ok.\n');
      req.socket.setTimeout(UPLOAD_STALLED_MS_MAX);
      req.once('end', () => req.socket.setTimeout(0));
      await runner.run(
        { wanted, res, reply },
        await readBody(bytes, req.headers['content-type'] ?? '', wanted.query),
      );
    } catch (error) {
      // Nobody is there to be told; what failed is that they went.
      if (res.destroyed) return;
      const told = asClickHouse(error);
      if (told.code === 1001) log({ err: error, queryId }, 'an error that is not the engine’s');
      await reply.fail(told, version);
    } finally {
      bytes.return(undefined).catch(error => log({ err: error }, 'a body could not be left'));
      // What is left of a refused body is read and dropped: cutting it off would take the answer with it.
      if (!req.complete) req.unpipe().resume();
    }
  }

  const server = createServer({ maxHeaderSize: URL_BYTES_MAX }, (req, res) => {
    res.setHeader('X-ClickHouse-Server-Display-Name', 'Footfall (embedded)');
    res.setHeader('X-Footfall-Instance', instance);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    const sent = new Promise<void>(done => {
      res.once('finish', done).once('close', done);
    });
    const work = answer(req, res)
      .catch(error => {
        log({ err: error }, 'a request failed');
        res.destroy();
      })
      .then(() => sent);
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
    cutReads: runner.cutReads,
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
