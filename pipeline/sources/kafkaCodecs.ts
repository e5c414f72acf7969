import { gunzipSync } from 'node:zlib';
import { Decompress as ZstdDecompress } from 'fzstd';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrameSync } from 'lz4-napi';
import { compress as compressSnappy, uncompressSync as uncompressSnappy } from 'snappy';

const { CompressionCodecs, CompressionTypes, KafkaJSNonRetriableError } = kafkajs;
const builtInGzip = CompressionCodecs[CompressionTypes.GZIP];

/**
 * The four codecs of Kafka. kafkajs brings only gzip, and a batch in another one would crash its consumer at every
 * start. All of them refuse a batch of more than `bytesMax` uncompressed bytes before or while unpacking it: a
 * megabyte can hold a gigabyte. The error is one that kafkajs does not retry.
 */
const decompressors: Record<CodecName, (packed: Buffer, bytesMax: number) => Buffer> = {
  gzip: (packed, bytesMax) => gunzipSync(packed, { maxOutputLength: bytesMax }),
  snappy: decompressSnappy,
  lz4: decompressLz4,
  zstd: decompressZstd,
};
export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Unpacks the records of one Kafka batch. Errors: KafkaJSNonRetriableError, with the codec and the cause. */
export function decompress(codec: CodecName, packed: Buffer, bytesMax: number): Buffer {
  try {
    return decompressors[codec](packed, bytesMax);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    const text = `A batch of ${packed.length} bytes compressed by ${codec} cannot be unpacked (at most ${bytesMax} bytes): ${cause.message}`;
    throw Object.assign(new KafkaJSNonRetriableError(text), { cause });
  }
}

/**
 * Teaches kafkajs the codecs; they are one registry for the whole process. For producing (the simulated shop) too,
 * except by zstd, for which Node 20 has no encoder.
 */
export function registerCodecs(bytesMax: number): void {
  const decoder = (codec: CodecName) => ({
    decompress: async (packed: Buffer) => decompress(codec, packed, bytesMax),
  });
  CompressionCodecs[CompressionTypes.GZIP] = () => ({ ...builtInGzip(), ...decoder('gzip') });
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressSnappy(buffer),
    ...decoder('snappy'),
  });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    ...decoder('lz4'),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async () => {
      throw new KafkaJSNonRetriableError(
        'Footfall reads zstd but does not write it: use lz4, snappy or gzip',
      );
    },
    ...decoder('zstd'),
  });
}

/** What Java's producers put before each run of blocks: magic, version, lowest compatible version. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** Java frames snappy in blocks with their lengths (xerial); other clients send one bare block. */
function decompressSnappy(packed: Buffer, bytesMax: number): Buffer {
  if (!isXerial(packed, 0)) return uncompressBlock(packed, bytesMax);
  const blocks: Buffer[] = [];
  let bytes = 0;
  let at = 0;
  while (at < packed.length) {
    if (isXerial(packed, at)) {
      at += XERIAL_HEADER_BYTES;
      continue;
    }
    const end = at + 4 + packed.readUInt32BE(at);
    if (end > packed.length) throw new Error(`block at byte ${at} ends after the batch`);
    const block = uncompressBlock(packed.subarray(at + 4, end), bytesMax - bytes);
    blocks.push(block);
    bytes += block.length;
    at = end;
  }
  return Buffer.concat(blocks, bytes);
}

const isXerial = (packed: Buffer, at: number) =>
  packed.length - at >= XERIAL_HEADER_BYTES && packed.compare(XERIAL_MAGIC, 0, 8, at, at + 8) === 0;

function uncompressBlock(block: Buffer, bytesMax: number): Buffer {
  const size = readVarint(block);
  if (size > bytesMax) throw new Error(`unpacks to ${size} bytes`);
  const unpacked = uncompressSnappy(block);
  if (typeof unpacked === 'string') throw new Error('unpacked to text');
  return unpacked;
}

/** A snappy block begins with its unpacked length. */
function readVarint(block: Buffer): number {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  throw new Error('no length at the start of a snappy block');
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_BYTES = new Map([
  [4, 64 << 10],
  [5, 256 << 10],
  [6, 1 << 20],
  [7, 4 << 20],
]);

function decompressLz4(packed: Buffer, bytesMax: number): Buffer {
  const { bytesAtMost, blockMax } = lz4Size(packed);
  // Only the last block need not be full.
  if (bytesAtMost - blockMax > bytesMax) throw new Error(`may unpack to ${bytesAtMost} bytes`);
  const unpacked = decompressFrameSync(packed);
  if (unpacked.length > bytesMax) throw new Error(`unpacks to ${unpacked.length} bytes`);
  return unpacked;
}

/** The most that an LZ4 frame can unpack to, from its block headers: the decoder has no limit of its own. */
function lz4Size(packed: Buffer): { bytesAtMost: number; blockMax: number } {
  if (packed.length < 7 || packed.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('no LZ4 frame');
  const flags = packed.readUInt8(4);
  const blockMax = LZ4_BLOCK_BYTES.get((packed.readUInt8(5) >> 4) & 0x7);
  if (blockMax === undefined) throw new Error('unknown LZ4 block size');
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  const checksumBytes = (flags & 0x10) !== 0 ? 4 : 0;
  let at = 4 + 2 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  let bytesAtMost = 0;
  for (;;) {
    if (at + 4 > packed.length) throw new Error('LZ4 frame without an end');
    const header = packed.readUInt32LE(at);
    if (header === 0) return { bytesAtMost, blockMax };
    const size = header & 0x7fffffff;
    // The top bit marks a block stored as it is. A compressed byte stands for 255 at the very most.
    bytesAtMost += header >>> 31 === 1 ? size : Math.min(blockMax, size * 255);
    at += 4 + size + checksumBytes;
  }
}

/** In pieces, so that it can be stopped: the size in a frame's header is optional, and need not be true. */
function decompressZstd(packed: Buffer, bytesMax: number): Buffer {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const stream = new ZstdDecompress(piece => {
    bytes += piece.length;
    if (bytes > bytesMax) throw new Error(`unpacks to more than ${bytesMax} bytes`);
    pieces.push(piece);
  });
  const window = zstdWindowBytes(packed);
  // The decoder allocates the window at once.
  if (window > Math.max(bytesMax, 8 << 20)) throw new Error(`asks for a window of ${window} bytes`);
  stream.push(packed, true);
  return Buffer.concat(pieces, bytes);
}

const ZSTD_MAGIC = 0xfd2fb528;

/** The memory that a zstd frame's header asks for (RFC 8878, 3.1.1.1). */
function zstdWindowBytes(packed: Buffer): number {
  if (packed.length < 6 || packed.readUInt32LE(0) !== ZSTD_MAGIC) throw new Error('no zstd frame');
  const descriptor = packed.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = packed.readUInt8(5);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 0x7);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 0x3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return packed.readUInt8(at);
    case 1:
      return packed.readUInt16LE(at) + 256;
    case 2:
      return packed.readUInt32LE(at);
    default:
      return Number(packed.readBigUInt64LE(at));
  }
}
