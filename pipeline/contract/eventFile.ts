import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import zlib, { deflateRaw, inflateRaw } from 'node:zlib';
import type { Type } from 'avsc';
import { compress, uncompress } from 'snappy';
import { frameSingleObject, SINGLE_OBJECT_HEADER_BYTES } from './framing.ts';
import { createGuard } from './guard.ts';
import { messageOf, readerOf, type SchemaReader } from './reader.ts';
import { type EventInput, newest, parseSchema, SCHEMA_BYTES_MAX } from './schema.ts';

/**
 * Event files are Avro object container files (Avro specification, "Object Container Files"): a header with the writer's
 * schema, then blocks of data, each compressed by itself and ended by the header's 16-byte sync marker.
 *
 * What is wrong with a file is of two kinds:
 * - The file: its header, a sync marker, a block cut off or not to be decompressed, a count that cannot fit, bytes left
 *   over after a block's last datum, a schema that is no event's. `inspectEventFile` reads all of it first and throws an
 *   EventFileError; nothing of such a file is taken.
 * - A datum in a whole block. If its end can be found it is one record that does not decode. If not, nothing says where
 *   the block's next datum starts: that record gets the rest of the block, and the block's remaining records are empty,
 *   so that every record that the file counts has an outcome (`undecodable`) and no byte is lost.
 */
export class EventFileError extends Error {
  override readonly name = 'EventFileError';
  readonly path: string;
  /** Counted from 0; null: the header. */
  readonly block: number | null;
  /** Where the header or block starts in the file. */
  readonly byte: number;

  constructor(path: string, block: number | null, byte: number, what: string, options?: ErrorOptions) {
    super(`${path}: ${block === null ? 'header' : `block ${block}`} at byte ${byte}: ${what}`, options);
    this.path = path;
    this.block = block;
    this.byte = byte;
  }
}

export const CODECS = ['null', 'deflate', 'snappy'] as const;
export type Codec = (typeof CODECS)[number];

export interface EventFileInfo {
  /** SHA-256 of the whole file, hex: the file's identity, whatever its name. */
  contentHash: string;
  records: number;
  /** Of them, those in a block after a datum whose end cannot be found, that datum included. */
  undelimited: number;
  blocks: number;
  codec: Codec;
  /** JSON of the writer's schema. */
  schema: string;
  bytes: number;
}

export interface FileRecord {
  /** Position in the file, from 0. */
  index: number;
  /** The datum in single-object encoding of the writer's schema: give the schema to `decoder.learn` first. */
  value: Buffer;
}

/** What a source needs of a record before it is decoded. */
export interface RecordPeek {
  visitor_id: string;
  received_time: number | null;
  /** Place of the dead letter that this is a new copy of; '' for others. */
  replay_of: string;
}

export interface EventFile {
  readonly schema: string;
  readonly codec: Codec;
  readonly reader: SchemaReader;
  /** Records from index `from` on, up to 1000 at once; blocks before it are skipped unread. */
  records(from?: number): AsyncGenerator<FileRecord[], void, void>;
  /** Null where the record does not decode. */
  peek(value: Buffer): RecordPeek | null;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Of a block, compressed and not: what one block may take of memory. */
  blockBytesMax?: number;
}

const BLOCK_BYTES_MAX = 64 * 1_048_576;
const HEADER_BYTES_MAX = 2 * SCHEMA_BYTES_MAX;
const READ_BYTES = 262_144;
const SYNC_BYTES = 16;
const RECORDS_AT_ONCE = 1000;

const headerType = parseSchema(
  JSON.stringify({
    type: 'record',
    name: 'Header',
    fields: [
      { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
      { name: 'meta', type: { type: 'map', values: 'bytes' } },
      { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_BYTES } },
    ],
  }),
);
const headerGuard = createGuard(headerType);
const longType = parseSchema('"long"');
const MAGIC = Buffer.from('Obj\x01', 'latin1');

const peekType = parseSchema(
  JSON.stringify({
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'visitor_id', type: ['string', 'null'] },
      { name: 'received_time', type: ['null', 'long'], default: null },
      { name: 'replay_of', type: ['string', 'null'], default: '' },
    ],
  }),
);

interface Header {
  magic: Buffer;
  meta: Record<string, Buffer>;
  sync: Buffer;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/** CRC-32 (ISO 3309), unsigned. node:zlib has it, twenty times as fast, only from 20.15 on. */
export const crc32: (bytes: Uint8Array) => number =
  typeof zlib.crc32 === 'function' ? bytes => zlib.crc32(bytes) : portableCrc32;

export function portableCrc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  }
  return (crc ^ -1) >>> 0;
}

const inflate = promisify(inflateRaw) as (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>;
const deflate = promisify(deflateRaw) as (bytes: Uint8Array) => Promise<Buffer>;

/** The uncompressed length that a snappy block announces; -1 if that is malformed. */
function snappyLength(bytes: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) return -1;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return -1;
}

/** Throws an Error that says what is wrong with a block's compressed bytes. */
async function decompress(codec: Codec, bytes: Buffer, bytesMax: number): Promise<Buffer> {
  switch (codec) {
    case 'null':
      return bytes;
    case 'deflate':
      return inflate(bytes, { maxOutputLength: bytesMax });
    case 'snappy': {
      const packed = bytes.subarray(0, -4);
      const length = bytes.length < 5 ? -1 : snappyLength(packed);
      if (length < 0) throw new Error('no snappy data');
      if (length > bytesMax) throw new Error(`${length} bytes uncompressed, at most ${bytesMax}`);
      const data = await uncompress(packed);
      if (typeof data === 'string') throw new Error('snappy gave a string');
      if (crc32(data) !== bytes.readUInt32BE(packed.length))
        throw new Error('the checksum of its data differs');
      return data;
    }
  }
}

async function compressed(codec: Codec, data: Uint8Array): Promise<Uint8Array> {
  switch (codec) {
    case 'null':
      return data;
    case 'deflate':
      return deflate(data);
    case 'snappy': {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(data));
      return Buffer.concat([await compress(data), checksum]);
    }
  }
}

interface ByteReader {
  /** Bytes read or skipped so far. */
  position(): number;
  /** The next bytes, fewer than asked for only at the file's end; they stay where they are. */
  look(length: number): Promise<Buffer>;
  skip(length: number): void;
}

/** Reads a file in order, a piece at a time; `onPiece` sees every byte once unless some were skipped. */
function createByteReader(handle: FileHandle, onPiece: (piece: Buffer) => void = () => {}): ByteReader {
  let piece: Buffer = Buffer.alloc(0);
  /** Where the unread part starts in the piece, and the piece in the file. */
  let at = 0;
  let pieceStart = 0;

  return {
    position: () => pieceStart + at,

    async look(length) {
      if (piece.length - at < length) {
        // A new buffer each time: what was handed out stays valid.
        const next = Buffer.allocUnsafe(Math.max(length, READ_BYTES));
        const kept = Math.max(piece.length - at, 0);
        if (kept > 0) piece.copy(next, 0, at);
        pieceStart += at;
        let filled = kept;
        while (filled < next.length) {
          const { bytesRead } = await handle.read(next, filled, next.length - filled, pieceStart + filled);
          if (bytesRead === 0) break;
          onPiece(next.subarray(filled, filled + bytesRead));
          filled += bytesRead;
        }
        piece = next.subarray(0, filled);
        at = 0;
      }
      return piece.subarray(at, at + length);
    },

    skip(length) {
      at += length;
    },
  };
}

/** One zigzag number from the file; undefined if malformed, cut off, or not a count (negative or above 2^53). */
async function readCount(bytes: ByteReader): Promise<number | undefined> {
  const start = await bytes.look(10);
  let sum = 0;
  for (let i = 0; i < start.length; i++) {
    const byte = start[i] as number;
    sum += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      bytes.skip(i + 1);
      return sum % 2 === 0 && Number.isSafeInteger(sum) ? sum / 2 : undefined;
    }
  }
  return undefined;
}

interface Block {
  number: number;
  /** Where it starts in the file. */
  byte: number;
  /** The index of its first record, and how many it has. */
  first: number;
  count: number;
  /** Null if the block was skipped. */
  data: Buffer | null;
}

interface Opened {
  path: string;
  handle: FileHandle;
  header: { schema: string; codec: Codec; sync: Buffer; bytes: number };
  reader: SchemaReader;
  peekResolver: ReturnType<Type['createResolver']>;
  blockBytesMax: number;
}

async function readHeader(path: string, bytes: ByteReader): Promise<Opened['header']> {
  const fail = (what: string): never => {
    throw new EventFileError(path, null, 0, what);
  };
  let start = await bytes.look(READ_BYTES);
  if (!start.subarray(0, 4).equals(MAGIC)) fail('not an Avro object container file');
  let end = headerGuard.walk(start, 0, start.length);
  if (end < 0 && start.length === READ_BYTES) {
    start = await bytes.look(HEADER_BYTES_MAX);
    end = headerGuard.walk(start, 0, start.length);
  }
  if (end < 0)
    fail(`${headerGuard.failure()}${start.length === HEADER_BYTES_MAX ? ' (or longer than 2 MiB)' : ''}`);
  const { meta, sync } = headerType.decode(start).value as Header;
  // The keys are the file's: only own ones count.
  const entry = (key: string) => (Object.hasOwn(meta, key) ? meta[key]?.toString('utf8') : undefined);
  const schema = entry('avro.schema') ?? fail('no avro.schema');
  const name = entry('avro.codec') ?? 'null';
  const codec =
    CODECS.find(known => known === name) ??
    fail(`codec ${JSON.stringify(name.slice(0, 40))} is none of ${CODECS.join(', ')}`);
  bytes.skip(end);
  return { schema, codec, sync, bytes: end };
}

async function openFile(path: string, options: ReadOptions): Promise<Opened> {
  const handle = await open(path, 'r');
  try {
    const header = await readHeader(path, createByteReader(handle));
    let reader: SchemaReader;
    let peekResolver: Opened['peekResolver'];
    try {
      reader = readerOf(header.schema);
      peekResolver = peekType.createResolver(reader.writer, { ignoreNamespaces: true });
    } catch (cause) {
      throw new EventFileError(
        path,
        null,
        0,
        `its schema cannot be read as footfall.Event: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
    return {
      path,
      handle,
      header,
      reader,
      peekResolver,
      blockBytesMax: options.blockBytesMax ?? BLOCK_BYTES_MAX,
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Blocks from the one that holds record `from` on; those before it come without data. */
async function* blocksOf(file: Opened, bytes: ByteReader, from: number): AsyncGenerator<Block, void, void> {
  const { path, handle, header, reader, blockBytesMax } = file;
  const { size: fileBytes } = await handle.stat();
  let first = 0;
  for (let number = 0; ; number++) {
    const byte = bytes.position();
    if (byte === fileBytes) return;
    const fail = (what: string, cause?: unknown): never => {
      throw new EventFileError(path, number, byte, what, cause === undefined ? undefined : { cause });
    };
    const count = (await readCount(bytes)) ?? fail('a count of records that is none, or cut off');
    const length = (await readCount(bytes)) ?? fail('a length that is none, or cut off');
    const left = fileBytes - bytes.position() - SYNC_BYTES;
    if (length > left) fail(`cut off: ${length} bytes of data announced, ${Math.max(left, 0)} there`);
    if (length > blockBytesMax) fail(`${length} bytes of data, at most ${blockBytesMax}`);
    // Never for a whole reading (`from` 0): its hash needs every byte.
    const skipped = from > 0 && first + count <= from;
    const packed = skipped ? undefined : await bytes.look(length + SYNC_BYTES);
    let sync: Buffer;
    if (packed === undefined) {
      bytes.skip(length);
      sync = await bytes.look(SYNC_BYTES);
      bytes.skip(SYNC_BYTES);
    } else {
      sync = packed.subarray(length);
      bytes.skip(length + SYNC_BYTES);
    }
    if (!sync.equals(header.sync)) fail('does not end with the sync marker');
    let data: Buffer | null = null;
    if (packed !== undefined) {
      try {
        data = await decompress(header.codec, packed.subarray(0, length), blockBytesMax);
      } catch (cause) {
        fail(`does not decompress (${header.codec}): ${messageOf(cause)}`, cause);
      }
      if (data !== null && count * reader.guard.bytesMin > data.length) {
        fail(`${count} records announced, which cannot fit in its ${data.length} bytes`);
      }
    }
    yield { number, byte, first, count, data };
    first += count;
  }
}

/**
 * The end of each datum of a block in turn, given where it starts; after one whose end cannot be found, the rest of the
 * block and then nothing (see EventFileError). Throws if bytes are left over.
 */
function delimit(
  file: Opened,
  block: Block,
  data: Buffer,
  found: (start: number, end: number, whole: boolean) => void,
): void {
  let at = 0;
  let whole = true;
  for (let i = 0; i < block.count; i++) {
    const end = whole ? file.reader.guard.walk(data, at, data.length) : data.length;
    if (end < 0) whole = false;
    const stop = end < 0 ? data.length : end;
    found(at, stop, whole);
    at = stop;
  }
  if (at < data.length) {
    const what = `${data.length - at} bytes left over after its ${block.count} records`;
    throw new EventFileError(file.path, block.number, block.byte, what);
  }
}

/**
 * Reads a whole file once, keeping nothing of it: its identity, and whether it can be taken (EventFileError if not).
 * Memory is bounded by `blockBytesMax`.
 */
export async function inspectEventFile(path: string, options: ReadOptions = {}): Promise<EventFileInfo> {
  const file = await openFile(path, options);
  try {
    const hash = createHash('sha256');
    let fileBytes = 0;
    const bytes = createByteReader(file.handle, piece => {
      hash.update(piece);
      fileBytes += piece.length;
    });
    await readHeader(path, bytes);
    let records = 0;
    let undelimited = 0;
    let blocks = 0;
    for await (const block of blocksOf(file, bytes, 0)) {
      if (block.data === null) continue;
      delimit(file, block, block.data, (_start, _end, whole) => {
        if (!whole) undelimited++;
      });
      records += block.count;
      blocks++;
    }
    const { schema, codec } = file.header;
    return { contentHash: hash.digest('hex'), records, undelimited, blocks, codec, schema, bytes: fileBytes };
  } finally {
    await file.handle.close();
  }
}

/** Opens a file that `inspectEventFile` has passed; errors are the same, met when the block is reached. */
export async function openEventFile(path: string, options: ReadOptions = {}): Promise<EventFile> {
  const file = await openFile(path, options);
  const { reader, header, peekResolver } = file;

  return {
    schema: header.schema,
    codec: header.codec,
    reader,

    async *records(from = 0) {
      const bytes = createByteReader(file.handle);
      await bytes.look(0);
      bytes.skip(header.bytes);
      for await (const block of blocksOf(file, bytes, from)) {
        const { data } = block;
        if (data === null) continue;
        // Two numbers for each record, not a buffer: a block may have millions.
        const ends = new Uint32Array(block.count);
        let i = 0;
        delimit(file, block, data, (_start, end) => {
          ends[i++] = end;
        });
        const skipped = Math.max(from - block.first, 0);
        for (let next = skipped; next < block.count; next += RECORDS_AT_ONCE) {
          const batch: FileRecord[] = [];
          for (let k = next; k < Math.min(next + RECORDS_AT_ONCE, block.count); k++) {
            const datum = data.subarray(k === 0 ? 0 : ends[k - 1], ends[k]);
            batch.push({ index: block.first + k, value: frameSingleObject(reader.fingerprint, datum) });
          }
          yield batch;
        }
      }
    },

    peek(value) {
      const end = reader.guard.walk(value, SINGLE_OBJECT_HEADER_BYTES, value.length);
      if (end !== value.length) return null;
      let found: { visitor_id: string | null; received_time: number | null; replay_of: string | null };
      try {
        found = peekType.decode(value, SINGLE_OBJECT_HEADER_BYTES, peekResolver).value;
      } catch {
        return null; // received_time beyond what a number holds: decoding says so in full.
      }
      const { visitor_id, received_time, replay_of } = found;
      return visitor_id === null ? null : { visitor_id, received_time, replay_of: replay_of ?? '' };
    },

    close: () => file.handle.close(),
  };
}

/** The records of a file from index `from` on; opens it and closes it. */
export async function* readEventFile(
  path: string,
  from = 0,
  options: ReadOptions = {},
): AsyncGenerator<FileRecord[], void, void> {
  const file = await openEventFile(path, options);
  try {
    yield* file.records(from);
  } finally {
    await file.close();
  }
}

export interface WriteOptions {
  codec?: Codec;
  /** Uncompressed size at which a block is written. */
  blockBytes?: number;
  /** JSON of the schema to write with, which must be readable as an event. */
  schema?: string;
}

export interface WrittenEventFile {
  records: number;
  bytes: number;
  /** As of EventFileInfo. */
  contentHash: string;
}

export interface EventFileWriter {
  /** Throws on an event that the schema does not allow. A promise if a block was full: wait for it before the next. */
  write(event: EventInput): Promise<void> | undefined;
  /** The same for a datum encoded in the file's schema already; it must stay unchanged until its block is written. */
  writeEncoded(datum: Buffer): Promise<void> | undefined;
  /** The same for as many data one after the other, as a block of their own. */
  writeBlock(data: Uint8Array, count: number): Promise<void>;
  /** Writes what is left, flushes the disk and gives the file its name. */
  close(): Promise<WrittenEventFile>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/**
 * Writes a file beside `path` and renames it when it is whole: a file under its name is never half a file.
 * The same events with the same options give the same bytes, so the same identity.
 */
export async function createEventFileWriter(
  path: string,
  options: WriteOptions = {},
): Promise<EventFileWriter> {
  const { codec = 'deflate', blockBytes = 65_536, schema = newest.text } = options;
  const type: Type = schema === newest.text ? newest.type : parseSchema(schema);
  const text = JSON.stringify(JSON.parse(schema));
  const sync = createHash('md5').update(`${codec} ${text}`).digest();
  const partial = `${path}.${randomBytes(4).toString('hex')}.part`;
  const handle = await open(partial, 'wx');
  const hash = createHash('sha256');
  let bytes = 0;
  let records = 0;
  let data: Buffer[] = [];
  let dataBytes = 0;

  async function put(piece: Buffer): Promise<void> {
    hash.update(piece);
    bytes += piece.length;
    let done = 0;
    while (done < piece.length) done += (await handle.write(piece, done)).bytesWritten;
  }

  /** Blocks are written one after the other, also for a caller that does not wait. */
  let written: Promise<void> = Promise.resolve();
  function putData(): Promise<void> {
    const block = Buffer.concat(data);
    const count = data.length;
    data = [];
    dataBytes = 0;
    return putBlock(block, count);
  }

  function putBlock(block: Uint8Array, count: number): Promise<void> {
    written = written.then(async () => {
      const packed = await compressed(codec, block);
      await put(Buffer.concat([longType.toBuffer(count), longType.toBuffer(packed.length), packed, sync]));
    });
    return written;
  }

  function add(datum: Buffer): Promise<void> | undefined {
    data.push(datum);
    dataBytes += datum.length;
    records++;
    return dataBytes >= blockBytes ? putData() : undefined;
  }

  const meta = { 'avro.schema': Buffer.from(text), 'avro.codec': Buffer.from(codec) };
  await put(headerType.toBuffer({ magic: MAGIC, meta, sync }));

  return {
    write: event => add(type.toBuffer(event)),
    writeEncoded: add,

    writeBlock(block, count) {
      if (data.length > 0) putData();
      records += count;
      return putBlock(block, count);
    },

    async close() {
      await (data.length > 0 ? putData() : written);
      await handle.sync();
      await handle.close();
      await rename(partial, path);
      return { records, bytes, contentHash: hash.digest('hex') };
    },

    async abort() {
      await handle.close();
      await unlink(partial);
    },
  };
}

/** Writes all the events to a file; on an error nothing is left behind. */
export async function writeEventFile(
  path: string,
  events: Iterable<EventInput> | AsyncIterable<EventInput>,
  options: WriteOptions = {},
): Promise<WrittenEventFile> {
  const writer = await createEventFileWriter(path, options);
  try {
    for await (const event of events) {
      const full = writer.write(event);
      if (full !== undefined) await full;
    }
    return await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
