import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { type ClickHouseException, httpStatus } from './errors.ts';

/** A result up to this size is sent whole: with its summary, and a late error still gets a status of its own. */
const HELD_BYTES_MAX = 256 * 1024;
/** A client that reads nothing for so long is given up: it holds a place that others wait for. */
const STALLED_MS_MAX = 300_000;

export type Encoding = 'gzip' | 'deflate' | 'br' | null;

/** Counts that ClickHouse tells in X-ClickHouse-Summary, as far as the engine tells them to us. */
export type Summary = Partial<
  Record<'read_rows' | 'written_rows' | 'result_rows' | 'result_bytes' | 'elapsed_ns', number>
>;

/** One answer. Nothing is sent until it is known to be good, or too large to wait for. */
export interface Reply {
  /** Resolves when more can be taken; what comes after the client has gone is dropped. */
  write(chunk: Uint8Array): Promise<void>;
  end(summary: Summary): Promise<void>;
  fail(error: ClickHouseException, version: string): Promise<void>;
}

export function createReply(res: ServerResponse, encoding: Encoding): Reply {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let out: Writable | null = null;
  const tag = randomBytes(8).toString('hex');

  function start(): Writable {
    if (encoding === null) return res;
    res.removeHeader('Content-Length');
    res.setHeader('Content-Encoding', encoding);
    const quick = { level: constants.Z_BEST_SPEED };
    const squeeze =
      encoding === 'gzip'
        ? createGzip(quick)
        : encoding === 'deflate'
          ? createDeflate(quick)
          : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
    squeeze.pipe(res);
    // The pipe does not end its source when its destination goes.
    res.once('close', () => squeeze.destroy());
    return squeeze;
  }

  async function send(to: Writable, chunk: Uint8Array): Promise<void> {
    if (res.destroyed || to.destroyed || to.write(chunk)) return;
    const settled = new AbortController();
    const signal = settled.signal;
    const ignore = (): void => undefined;
    const stalled = delay(STALLED_MS_MAX, 'stalled', { signal, ref: false });
    const first = await Promise.race([
      stalled,
      once(to, 'drain', { signal }),
      once(res, 'close', { signal }),
    ]).finally(() => {
      stalled.catch(ignore);
      settled.abort();
    });
    if (first === 'stalled') res.destroy();
  }

  return {
    async write(chunk) {
      if (out === null) {
        held.push(chunk);
        heldBytes += chunk.byteLength;
        if (heldBytes <= HELD_BYTES_MAX) return;
        res.setHeader('X-ClickHouse-Exception-Tag', tag);
        out = start();
        for (const early of held.splice(0)) await send(out, early);
        return;
      }
      await send(out, chunk);
    },

    async end(summary) {
      if (out === null) {
        const told = Object.entries(summary).map(([name, value]) => [name, String(value)]);
        res.setHeader('X-ClickHouse-Summary', JSON.stringify(Object.fromEntries(told)));
        res.setHeader('Content-Length', heldBytes);
        out = start();
        for (const chunk of held) await send(out, chunk);
      }
      if (!res.destroyed) out.end();
    },

    async fail(error, version) {
      const text = `${error.message} (version ${version})\n`;
      if (out !== null) {
        // As ClickHouse does since 25.11: a marker that clients look for, and a response that is cut, not ended.
        const bytes = Buffer.byteLength(text);
        await send(
          out,
          Buffer.from(`\r\n__exception__\r\n${tag}\r\n${text}${bytes} ${tag}\r\n__exception__\r\n`),
        );
        if (out !== res && !res.destroyed) out.end();
        else res.socket?.end();
        return;
      }
      res.statusCode = httpStatus(error.code);
      res.setHeader('X-ClickHouse-Exception-Code', error.code);
      res.setHeader('Content-Type', 'text/plain; charset=UTF-8');
      if (res.statusCode === 401) res.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse"');
      out = start();
      out.end(text);
    },
  };
}
