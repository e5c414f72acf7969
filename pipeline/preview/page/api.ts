// What the page asks of its server.
import { type Frame, readFrame } from './frame.ts';

export interface Limits {
  seconds: number;
  rows: number;
  csv_rows: number;
}

export interface View {
  name: string;
  layer: 'marts' | 'base';
  grain: string;
  parameters: string;
  definition: string;
  call: string;
}

/** ClickHouse takes every core for one query: more at once would each be slower, and none done sooner. */
const AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function turn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>(go => waiting.push(go));
  else running++;
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** A question and who waits for its answer: panels of one query ask once, and the last to leave ends it. */
interface Asked {
  answer: Promise<Frame>;
  end: AbortController;
  waiters: number;
  /** ms of performance.now() when the answer was there; null while it is not. */
  answered: number | null;
}
const asked = new Map<string, Asked>();
const KEPT_MAX = 60;
/** A choice that is taken back shows at once what was there before it. */
const KEPT_MS = 120_000;

/** What was answered is asked anew. */
export function forgetAnswers(): void {
  for (const [sql, one] of asked) if (one.answered !== null) asked.delete(sql);
}

/** Errors: the server's words. */
export async function getJson<T>(path: string): Promise<T> {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(await told(reply));
  return (await reply.json()) as T;
}

async function told(reply: Response): Promise<string> {
  const text = await reply.text();
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text;
  } catch (error) {
    if (error instanceof SyntaxError) return text === '' ? `HTTP ${reply.status}` : text;
    throw error;
  }
}

function post(sql: string, format: 'json' | 'csv', signal?: AbortSignal): Promise<Response> {
  return fetch('/query', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sql, format }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Errors: ClickHouse's words; AbortError where `signal` ended it. */
export async function askFrame(sql: string, rowsMax: number, signal: AbortSignal): Promise<Frame> {
  signal.throwIfAborted();
  const key = `${rowsMax} ${sql}`;
  const known = asked.get(key);
  const old = known?.answered != null && performance.now() - known.answered > KEPT_MS;
  const one = known === undefined || old ? start(key, sql, rowsMax) : known;
  one.waiters++;
  const left = new Promise<never>((_, leave) => {
    signal.addEventListener('abort', () => leave(signal.reason), { once: true });
  });
  try {
    return await Promise.race([one.answer, left]);
  } finally {
    one.waiters--;
    if (one.waiters === 0 && one.answered === null) {
      one.end.abort();
      if (asked.get(key) === one) asked.delete(key);
    }
  }
}

function start(key: string, sql: string, rowsMax: number): Asked {
  const end = new AbortController();
  const one: Asked = { answer: fetchFrame(sql, rowsMax, end.signal), end, waiters: 0, answered: null };
  asked.delete(key);
  asked.set(key, one);
  for (const [other, { answered }] of asked) {
    if (asked.size <= KEPT_MAX) break;
    if (answered !== null) asked.delete(other);
  }
  one.answer.then(
    () => {
      one.answered = performance.now();
    },
    // A failure is told to those who wait, and not kept.
    () => asked.get(key) === one && asked.delete(key),
  );
  return one;
}

async function fetchFrame(sql: string, rowsMax: number, signal: AbortSignal): Promise<Frame> {
  return await turn(signal, async () => {
    const reply = await away(post(sql, 'json', signal));
    if (!reply.ok) throw new Error(await told(reply));
    const text = await reply.text();
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch (error) {
      throw new Error('The query failed on its way: its answer was cut off.', { cause: error });
    }
    return readFrame(answer, rowsMax);
  });
}

async function away(reply: Promise<Response>): Promise<Response> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof TypeError)
      throw new Error('The preview does not answer. Is it still running?', { cause: error });
    throw error;
  }
}

/** The whole answer as a file. Errors: as askFrame. */
export async function downloadCsv(sql: string, name: string): Promise<void> {
  const reply = await away(post(sql, 'csv'));
  if (!reply.ok) throw new Error(await told(reply));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await reply.blob());
  link.download = `${
    name
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase() || 'query'
  }.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
