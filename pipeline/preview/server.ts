import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../usageError.ts';
import { ASK_LIMITS, ask, checkSql, readable, type Target } from './ask.ts';
import { bundlePage } from './bundle.ts';
import { readDashboards } from './dashboards.ts';
import { viewCatalogue } from './views.ts';

export interface PreviewOptions {
  /** Of the HTTP interface; asked as the user `reader`. */
  clickhouseUrl: string;
  /** On 127.0.0.1; 0: any free one. */
  port: number;
  readerPassword?: string | undefined;
  database?: string | undefined;
  /** Where the dashboards' JSON is. */
  dashboards?: string | undefined;
}

export interface Preview {
  url: string;
  /** Ends it; queries that run are left. */
  stop(): Promise<void>;
}

export const DEFAULT_WEB_PORT = 3000;
const DASHBOARDS = fileURLToPath(new URL('../../dashboards/generated/', import.meta.url));
const BODY_BYTES_MAX = 256 * 1024;
const QUESTION = z.object({ sql: z.string(), format: z.enum(['json', 'csv']).default('json') });
/** Nothing comes from elsewhere and nothing goes there, whatever a dashboard's text says. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/** An answer that is not the one asked for. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves the dashboards' page on 127.0.0.1, and passes its questions to ClickHouse as the user `reader`.
 * Errors: UsageError where the port is taken; a page that does not compile.
 */
export async function startPreview(options: PreviewOptions): Promise<Preview> {
  const { clickhouseUrl, readerPassword, database = 'footfall', dashboards = DASHBOARDS } = options;
  const target: Target = { clickhouseUrl, database, readerPassword };
  const page = await bundlePage();
  const shell = page.get('/');
  const views = viewCatalogue();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (isForeign(req)) throw new Refusal(403, 'Requests from other sites are refused.');
    const { pathname } = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/query') {
      if (req.method !== 'POST') throw new Refusal(405, 'Ask by POST.');
      return await answerQuestion(req, res);
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new Refusal(405, 'Only GET is understood here.');
    if (pathname === '/api/dashboards') {
      const all = await readDashboards(dashboards);
      return await json(req, res, {
        dashboards: all.map(({ uid, title }) => ({ uid, title })),
        limits: ASK_LIMITS,
      });
    }
    if (pathname === '/api/views') return await json(req, res, views);
    const wanted = /^\/api\/dashboards\/([^/]+)$/.exec(pathname)?.[1];
    if (wanted !== undefined) {
      const found = (await readDashboards(dashboards)).find(({ uid }) => uid === decodeURIComponent(wanted));
      if (found === undefined) throw new Refusal(404, `There is no dashboard ${wanted}.`);
      return await send(req, res, 'application/json', Buffer.from(found.text));
    }
    // The page finds its dashboard by the address itself.
    const file = page.get(pathname) ?? (/^\/(d\/|console$)/.test(pathname) ? shell : undefined);
    if (file === undefined) throw new Refusal(404, `There is nothing at ${pathname}.`);
    await send(req, res, file.type, file.body);
  }

  async function answerQuestion(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!(req.headers['content-type'] ?? '').startsWith('application/json'))
      throw new Refusal(415, 'A question is JSON.');
    const { sql, format } = await readQuestion(req);
    const wrong = checkSql(sql);
    if (wrong !== null) throw new Refusal(400, wrong);
    // Whoever leaves the page does not need the answer: ClickHouse ends a query whose client goes.
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    try {
      const reply = await ask(target, sql, format, gone.signal);
      if (!reply.ok)
        throw new Refusal(reply.status === 404 ? 400 : reply.status, readable(await reply.text()));
      const given = reply.headers.get('x-clickhouse-format');
      if (given !== null && given !== (format === 'csv' ? 'CSVWithNames' : 'JSONCompact')) {
        await reply.body?.cancel();
        throw new Refusal(400, `Leave out FORMAT ${given}: the page has its own.`);
      }
      res.writeHead(200, {
        ...HEADERS,
        'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
      });
      if (reply.body === null) return void res.end();
      await pipeline(Readable.fromWeb(reply.body as Parameters<typeof Readable.fromWeb>[0]), res);
    } catch (error) {
      if (res.headersSent || gone.signal.aborted || error instanceof Refusal) throw error;
      throw new Refusal(502, 'ClickHouse does not answer. Is it still running?');
    }
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      // Half an answer is cut off, so that nobody takes it for whole; nobody is left to be told more.
      if (res.headersSent || res.destroyed) return void res.destroy();
      const status = error instanceof Refusal ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      res.writeHead(status, { ...HEADERS, 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ error: message }));
    });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        error.code === 'EADDRINUSE'
          ? new UsageError(
              `--web-port ${options.port}: another program has it; give another, 0 for any free one`,
            )
          : error,
      ),
    );
    server.listen(options.port, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function readQuestion(req: IncomingMessage): Promise<z.infer<typeof QUESTION>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refusal(413, 'The query is too long.');
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new Refusal(400, `A question is JSON: ${error instanceof Error ? error.message : error}`);
  }
  const question = QUESTION.safeParse(value);
  if (!question.success) throw new Refusal(400, 'A question is {"sql": text, "format": "json" or "csv"}.');
  return question.data;
}

/**
 * Only this machine reaches the port, but so does every page open in its browser: one of another origin is told by
 * Origin or Sec-Fetch-Site, one that has its own name point to 127.0.0.1 (DNS rebinding) by Host.
 */
function isForeign(req: IncomingMessage): boolean {
  const { host = '', origin } = req.headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return true;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  const site = req.headers['sec-fetch-site'];
  // A link from elsewhere may open the page; it may not read from it.
  return site === 'cross-site' && req.headers['sec-fetch-mode'] !== 'navigate';
}

async function json(req: IncomingMessage, res: ServerResponse, value: unknown): Promise<void> {
  await send(req, res, 'application/json', Buffer.from(JSON.stringify(value)));
}

async function send(req: IncomingMessage, res: ServerResponse, type: string, body: Buffer): Promise<void> {
  res.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': body.length });
  res.end(req.method === 'HEAD' ? undefined : body);
}
