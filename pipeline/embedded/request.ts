import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { NamedSession } from './engine.ts';
import { type ClickHouseException, exception } from './errors.ts';
import type { Encoding } from './reply.ts';
import { type Insert, insertWithData } from './statement.ts';
import { authenticate, checkSetting, type Passwords, type UserName } from './users.ts';

/** A statement that carries no rows may be so long; one that does must show its FORMAT within HEAD_BYTES_MAX. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const HEAD_BYTES_MAX = 256 * 1024;
const SESSION_SECONDS_DEFAULT = 60;
const SESSION_SECONDS_MAX = 3600;

/** URL parameters that are the interface's own; every other is a setting. */
const OWN = new Set(
  'query database default_format user password quota_key session_id session_timeout session_check query_id stacktrace role compress decompress buffer_size wait_end_of_query close_session http_compression'.split(
    ' ',
  ),
);
const NAME = /^[A-Za-z_][\w.]*$/;

const DECODERS: Partial<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** What a request says besides its statement. */
export interface Wanted {
  user: UserName;
  readonly: boolean;
  database: string | null;
  roles: string[];
  settings: Map<string, string>;
  params: Map<string, string>;
  /** The query in the URL, '' where it is in the body. */
  query: string;
  format: string;
  session: NamedSession | null;
  encoding: Encoding;
  /** The whole answer is made before any of it is sent. */
  whole: boolean;
}

/** Errors: wrong credentials, names that cannot be settings, and what this interface does not offer. */
export function readWanted(req: IncomingMessage, url: URL, passwords: Passwords): Wanted {
  const ask = url.searchParams;
  const user = readUser(req, ask, passwords);
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, value] of ask) {
    if (OWN.has(name)) continue;
    if (!NAME.test(name)) throw exception(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value);
    else {
      checkSetting(user, name);
      settings.set(name, value);
    }
  }
  for (const name of ['compress', 'decompress']) {
    if (flag(ask.get(name))) {
      throw exception(
        48,
        'NOT_IMPLEMENTED',
        `'${name}=1' is not offered here: use Content-Encoding and Accept-Encoding`,
      );
    }
  }
  const id = ask.get('session_id');
  const seconds = Number(ask.get('session_timeout') ?? SESSION_SECONDS_DEFAULT);
  if (!(seconds > 0 && seconds <= SESSION_SECONDS_MAX)) {
    throw exception(
      374,
      'INVALID_SESSION_TIMEOUT',
      `Invalid session timeout: 1 to ${SESSION_SECONDS_MAX} seconds`,
    );
  }
  const readonly = req.method !== 'POST' && req.method !== 'PUT';
  if (readonly && id !== null) {
    // A session cannot be made read-only for one request: the engine would not let it be undone.
    throw exception(48, 'NOT_IMPLEMENTED', 'session_id is offered for POST only');
  }
  const roles = ask.getAll('role');
  if (user === 'reader' && roles.some(role => role !== 'reader')) {
    throw exception(512, 'SET_NON_GRANTED_ROLE', 'Role should be granted to set as current');
  }
  return {
    user,
    readonly,
    database: ask.get('database') ?? header(req, 'x-clickhouse-database'),
    roles,
    settings,
    params,
    query: ask.get('query') ?? '',
    format: formatName(ask.get('default_format') ?? header(req, 'x-clickhouse-format') ?? 'TabSeparated'),
    // A reader's statements leave nothing behind in a session, so it needs none.
    session:
      id === null || user === 'reader'
        ? null
        : { id, timeout_ms: seconds * 1000, mustExist: flag(ask.get('session_check')) },
    encoding: readEncoding(req, flag(ask.get('enable_http_compression'))),
    whole: flag(ask.get('wait_end_of_query')),
  };
}

function readUser(req: IncomingMessage, ask: URLSearchParams, passwords: Passwords): UserName {
  const basic = /^Basic (.*)$/i.exec(req.headers.authorization ?? '')?.[1];
  const [, basicUser = null, basicKey = null] =
    basic === undefined ? [] : (/^([^:]*):([\s\S]*)$/.exec(Buffer.from(basic, 'base64').toString()) ?? []);
  const name = header(req, 'x-clickhouse-user') ?? basicUser ?? ask.get('user');
  const key = header(req, 'x-clickhouse-key') ?? basicKey ?? ask.get('password');
  return authenticate(passwords, name || 'default', key ?? '', key !== null);
}

function readEncoding(req: IncomingMessage, enabled: boolean): Encoding {
  const accepted = header(req, 'accept-encoding') ?? '';
  if (!enabled) return null;
  return (['gzip', 'deflate', 'br'] as const).find(name => accepted.includes(name)) ?? null;
}

function header(req: IncomingMessage, name: string): string | null {
  const value = req.headers[name];
  return typeof value === 'string' ? value : null;
}

function flag(value: string | null): boolean {
  return value === '1' || value === 'true';
}

/** The name goes into SQL text. */
function formatName(name: string): string {
  if (!/^\w+$/.test(name)) throw exception(73, 'UNKNOWN_FORMAT', `Unknown format ${name}`);
  return name;
}

/** A request's statement, and the rows behind it where it brings some. */
export interface Body {
  text: string;
  /** Parameters that came in the body (multipart/form-data), for those too long for a URL. */
  params: Map<string, string>;
  insert: { statement: Insert; data: AsyncIterable<Uint8Array> } | null;
}

/** Reads no more of the body than it takes to know the statement; an INSERT's rows are left in `data`. */
export async function readBody(
  chunks: AsyncIterator<Uint8Array>,
  type: string,
  query: string,
): Promise<Body> {
  const params = new Map<string, string>();
  if (/^multipart\/form-data/i.test(type)) return await readForm(await whole(chunks), type, query);
  const fromUrl = query === '' ? null : insertWithData(`${query}\n`);
  if (fromUrl !== null) {
    const early = Buffer.from(`${query}\n`.slice(fromUrl.dataStart));
    return { text: query, params, insert: { statement: fromUrl, data: joined([early], chunks) } };
  }
  const head: Uint8Array[] = query === '' ? [] : [Buffer.from(`${query}\n`)];
  let bytes = 0;
  let ended = false;
  const more = async (upTo: number): Promise<void> => {
    while (!ended && bytes < upTo) {
      const { value, done } = await chunks.next();
      if (done) ended = true;
      else {
        head.push(value);
        bytes += value.byteLength;
      }
    }
  };
  await more(HEAD_BYTES_MAX);
  const start = Buffer.concat(head);
  // Latin 1 has one character a byte, so offsets in the text are offsets in the bytes, whatever the data is.
  const found = insertWithData(start.subarray(0, HEAD_BYTES_MAX).toString('latin1'));
  if (found !== null) {
    const text = start.subarray(0, found.dataStart).toString('utf8');
    const statement = insertWithData(text);
    if (statement === null)
      throw exception(62, 'SYNTAX_ERROR', 'Syntax error: the INSERT is not readable as UTF-8');
    return { text, params, insert: { statement, data: joined([start.subarray(found.dataStart)], chunks) } };
  }
  await more(TEXT_BYTES_MAX);
  if (!ended) throw tooLarge();
  return { text: Buffer.concat(head).toString('utf8'), params, insert: null };
}

async function readForm(body: Uint8Array, type: string, query: string): Promise<Body> {
  const params = new Map<string, string>();
  let text = query;
  for (const [name, value] of await new Response(body, { headers: { 'content-type': type } }).formData()) {
    if (typeof value !== 'string')
      throw exception(48, 'NOT_IMPLEMENTED', `External tables are not offered here: '${name}'`);
    if (name === 'query') text += value;
    else if (name.startsWith('param_') && NAME.test(name)) params.set(name.slice('param_'.length), value);
    else throw exception(36, 'BAD_ARGUMENTS', `Unknown field '${name}'`);
  }
  return { text, params, insert: null };
}

async function whole(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of joined([], chunks)) {
    bytes += chunk.byteLength;
    if (bytes > TEXT_BYTES_MAX) throw tooLarge();
    all.push(chunk);
  }
  return Buffer.concat(all);
}

function tooLarge(): ClickHouseException {
  return exception(161, 'QUERY_IS_TOO_LARGE', `A statement has at most ${TEXT_BYTES_MAX} bytes`);
}

/** Writes rows to a file. Returns their bytes. Errors: the client went away before it had sent all. */
export async function spool(data: AsyncIterable<Uint8Array>, file: string): Promise<number> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      bytes += chunk.byteLength;
      yield chunk;
    }
  };
  await pipeline(
    Readable.from(counted(), { objectMode: false, highWaterMark: 1 << 20 }),
    createWriteStream(file, { mode: 0o600 }),
  );
  return bytes;
}

async function* joined(early: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* early.filter(chunk => chunk.byteLength > 0);
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/**
 * The body's bytes, decompressed. Leaving it early leaves the request open, so that it can still be answered.
 * Errors: 89 for a codec that is not offered, 271 for bytes that are not of it.
 */
export async function* readBytes(req: IncomingMessage): AsyncGenerator<Uint8Array> {
  const encoding = header(req, 'content-encoding') ?? 'identity';
  if (encoding === 'identity') return yield* req.iterator({ destroyOnReturn: false });
  const decoder = DECODERS[encoding]?.();
  if (decoder === undefined) {
    throw exception(89, 'UNKNOWN_COMPRESSION_METHOD', `Unknown compression method ${encoding}`);
  }
  req.once('close', () => {
    if (!req.complete) decoder.destroy(new Error('the client went away'));
  });
  try {
    yield* req.pipe(decoder);
  } catch (error) {
    throw exception(271, 'CANNOT_DECOMPRESS', `Cannot decompress ${encoding}: ${String(error)}`);
  }
}
