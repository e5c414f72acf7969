import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { EventInput } from '../contract/schema.ts';

/** Why a row cannot become an event. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What a row has become, and which of its fields have no place in an event. */
export interface Mapped {
  event: EventInput;
  /** Field, and why, where that is known. */
  left: readonly Left[];
}

export interface Left {
  field: string;
  why: string;
}

/** A row of a file, and where it stands. */
export interface SourceRow<T> {
  line: number;
  row: T | Refusal;
}

/** A file's bytes, unpacked where it is gzip by its first two bytes, whatever its name. */
export async function openBytes(path: string): Promise<Readable> {
  const handle = await open(path, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const bytes = handle.createReadStream({ start: 0, highWaterMark: 262_144 });
  if (bytesRead < 2 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) return bytes;
  const out = new PassThrough({ highWaterMark: 262_144 });
  // What fails on the way destroys `out` with it, and so reaches its reader.
  pipeline(bytes, createGunzip(), out).catch((error: Error) => out.destroy(error));
  return out;
}

/** GA4's limit of an event is far below it. */
const LINE_BYTES_MAX = 8 * 1_048_576;

/** Lines of a file, from 1, empty ones left out. A line over the limit is a Refusal: its bytes are not kept. */
export async function* linesOf(path: string): AsyncGenerator<SourceRow<string>, void, void> {
  let line = 1;
  let kept: Buffer[] = [];
  let bytes = 0;
  const whole = (): string | Refusal => {
    const row =
      bytes > LINE_BYTES_MAX
        ? new Refusal(`the line has ${bytes} bytes, at most ${LINE_BYTES_MAX}`)
        : Buffer.concat(kept).toString('utf8');
    kept = [];
    bytes = 0;
    return row;
  };
  const keep = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes <= LINE_BYTES_MAX) kept.push(piece);
    else kept = [];
  };
  for await (const piece of (await openBytes(path)) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, from)) {
      keep(piece.subarray(from, at));
      const row = whole();
      if (typeof row !== 'string' || row.trim() !== '') yield { line, row };
      line++;
      from = at + 1;
    }
    keep(piece.subarray(from));
  }
  const row = whole();
  if (typeof row !== 'string' || row.trim() !== '') yield { line, row };
}

/** JSON with the keys of objects in order: the same content gives the same text however it was written. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${canonical(of)}`).join(',')}}`;
}

/** An id from a row's content: read again, in whatever file, it is the same event. */
export function contentId(row: unknown): string {
  return createHash('sha256').update(canonical(row)).digest('hex').slice(0, 32);
}
