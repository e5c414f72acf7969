import { gzipSync } from 'node:zlib';
import { CompressionTypes } from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodecName, decompress } from '../../pipeline/sources/kafkaCodecs.ts';
import { kafkaTool, type TestKafka, testKafka } from '../support/kafka.ts';
import { failureOf, readTo, recordsOf, sourceOf, started, streamOf, text } from './kafkaSupport.ts';

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await testKafka();
});
afterAll(() => kafka.close());

const CODECS: CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd'];
/** Enough for several blocks of 32 KiB (snappy) and 64 KiB (LZ4), and not one that repeats itself. */
const lines = Array.from(
  { length: 4000 },
  (_, i) => `${i}-${(i * 2654435761) % 4294967296}-visitor-${i % 7}`,
);

describe('batches compressed by Java producers', () => {
  it.each(CODECS)('%s', async codec => {
    const topic = await kafka.createTopic(`java-${codec}`);
    const producer = [
      '--bootstrap-server',
      `${kafka.brokers}`,
      '--topic',
      topic,
      '--compression-codec',
      codec,
    ];
    const batching = ['--batch-size', '300000', '--producer-property', 'linger.ms=200'];
    await kafkaTool(
      'org.apache.kafka.tools.ConsoleProducer',
      [...producer, ...batching],
      `${lines.join('\n')}\n`,
    );
    const source = sourceOf(kafka, [topic]);
    await started(source);
    const records = recordsOf(await readTo(source, source.open(streamOf(topic), 0), lines.length));
    expect(records.map(text)).toEqual(lines);
    // From the middle of a compressed batch.
    const rest = recordsOf(await readTo(source, source.open(streamOf(topic), 1234), lines.length));
    expect(rest.map(text)).toEqual(lines.slice(1234));
    await source.stop();
  });
});

describe('batches compressed by us', () => {
  it.each(['GZIP', 'Snappy', 'LZ4'] as const)('%s', async codec => {
    const topic = await kafka.createTopic(`own-${codec}`);
    const source = sourceOf(kafka, [topic]);
    await started(source);
    const producer = await kafka.producer();
    const compression = CompressionTypes[codec];
    await producer.send({ topic, compression, messages: lines.slice(0, 1000).map(value => ({ value })) });
    // Java's consumer is the judge of what we write.
    const from = ['--bootstrap-server', `${kafka.brokers}`, '--topic', topic, '--from-beginning'];
    const consumed = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...from,
      '--max-messages',
      '1000',
    ]);
    expect(consumed.trimEnd().split('\n').slice(0, 1000)).toEqual(lines.slice(0, 1000));
    const records = recordsOf(await readTo(source, source.open(streamOf(topic), 0), 1000));
    expect(records.map(text)).toEqual(lines.slice(0, 1000));
    await source.stop();
  });

  it('refuses to write zstd', async () => {
    const topic = await kafka.createTopic('own-zstd');
    sourceOf(kafka, [topic]);
    const producer = await kafka.producer();
    const sent = producer.send({ topic, compression: CompressionTypes.ZSTD, messages: [{ value: 'x' }] });
    await expect(sent).rejects.toThrow('does not write it');
  });
});

/** `size` bytes 'a', as a zstd frame of one run-length block each 128 KiB, with no content size (RFC 8878). */
function zstdOfOneByte(size: number): Buffer {
  const blockMax = 128 << 10;
  const blocks: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let left = size; left > 0; left -= blockMax) {
    const bytes = Math.min(left, blockMax);
    const header = (bytes << 3) | (1 << 1) | (left <= blockMax ? 1 : 0);
    blocks.push(Buffer.from([header & 0xff, (header >> 8) & 0xff, header >> 16, 0x61]));
  }
  return Buffer.concat(blocks);
}

function xerial(...blocks: Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const framed = blocks.flatMap(block => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([header, ...framed]);
}

const pack: Record<CodecName, (plain: Buffer) => Buffer> = {
  gzip: plain => gzipSync(plain),
  snappy: plain => compressSync(plain),
  lz4: plain => compressFrameSync(plain),
  zstd: plain => zstdOfOneByte(plain.length),
};

describe('what a packed batch may become', () => {
  it.each(CODECS)('%s: unpacks up to the limit, and refuses what would be larger', codec => {
    const plain = Buffer.alloc(1 << 20, 'a');
    const packed = pack[codec](plain);
    expect(packed.length).toBeLessThan(plain.length / 20);
    expect(decompress(codec, packed, plain.length).equals(plain)).toBe(true);
    const refused = expect(() => decompress(codec, packed, plain.length - 1));
    refused.toThrow(`compressed by ${codec} cannot be unpacked (at most ${plain.length - 1} bytes)`);
  });

  it('snappy: adds up the blocks of a frame', () => {
    const block = compressSync(Buffer.alloc(1000, 'a'));
    expect(decompress('snappy', xerial(block, block), 2000)).toHaveLength(2000);
    expect(() => decompress('snappy', xerial(block, block, block), 2000)).toThrow('unpacks to 1000 bytes');
  });

  it('zstd: does not allocate the window that a frame asks for', () => {
    const frame = zstdOfOneByte(10);
    // 2^41 bytes, the largest that can be asked for.
    frame[5] = 31 << 3;
    expect(() => decompress('zstd', frame, 1 << 20)).toThrow('asks for a window of 2199023255552 bytes');
  });

  it.each(CODECS)('%s: says so of bytes that are cut off or are something else', codec => {
    const packed = pack[codec](Buffer.alloc(5000, 'a'));
    const error = {
      name: 'KafkaJSNonRetriableError',
      message: expect.stringContaining(`compressed by ${codec}`),
    };
    const thrown = (bytes: Buffer) => {
      try {
        return decompress(codec, bytes, 1 << 20);
      } catch (caught) {
        return caught;
      }
    };
    for (const bytes of [
      packed.subarray(0, packed.length - 5),
      Buffer.from('not packed at all'),
      Buffer.alloc(0),
    ]) {
      expect(thrown(bytes)).toMatchObject(error);
    }
  });
});

it('ends with an error, and does not try for ever, when a batch cannot be unpacked', async () => {
  const topic = await kafka.createTopic('bomb', { config: { 'max.message.bytes': '5000000' } });
  const source = sourceOf(kafka, [topic], { batchBytesMax: 100_000 });
  await started(source);
  const producer = await kafka.producer();
  const messages = [{ value: Buffer.alloc(1_000_000, 'a') }];
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages });
  const error = await failureOf(source, source.open(streamOf(topic), 0));
  expect(error).toMatchObject({ message: expect.stringMatching(/compressed by gzip cannot be unpacked/) });
  await source.stop();
});
