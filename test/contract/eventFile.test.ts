import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import avro, { type Type } from 'avsc';
import { compressSync, uncompressSync } from 'snappy';
import { afterAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoded } from '../../pipeline/contract/decode.ts';
import {
  CODECS,
  type Codec,
  crc32,
  createEventFileWriter,
  EventFileError,
  inspectEventFile,
  openEventFile,
  readEventFile,
  writeEventFile,
} from '../../pipeline/contract/eventFile.ts';
import {
  type EventInput,
  encodeEvent,
  eventType,
  newest,
  parseSchema,
} from '../../pipeline/contract/schema.ts';

const directory = mkdtempSync(join(tmpdir(), 'footfall-files-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = () => join(directory, `${files++}.avro`);

function event(i: number): EventInput {
  return {
    event_id: `e${i}`,
    event_name: 'page_view',
    event_time: 1_700_000_000_000 + i,
    visitor_id: `v${i % 7}`,
  };
}
const events = (count: number) => Array.from({ length: count }, (_, i) => event(i));

async function decodeAll(path: string, from = 0): Promise<[index: number, decoded: Decoded][]> {
  const file = await openEventFile(path);
  const decoder = createDecoder({});
  decoder.learn(file.schema);
  const found: [number, Decoded][] = [];
  for await (const batch of file.records(from)) {
    for (const { index, value } of batch) found.push([index, decoder.decode(value)]);
  }
  await file.close();
  return found;
}
const idsOf = (found: [number, Decoded][]) =>
  found.map(([index, decoded]) => [
    index,
    'event' in decoded ? decoded.event.event_id : 'rejection' in decoded && decoded.rejection.reason,
  ]);

const SYNC = Buffer.from('0123456789abcdef');
const long = (value: number) => parseSchema('"long"').toBuffer(value);
/** A file made by hand, so that anything can be wrong with it. */
function fileOf(parts: {
  schema?: string;
  codec?: string;
  meta?: Record<string, string>;
  blocks?: Buffer[];
  head?: Buffer;
}): string {
  const { schema = newest.text, codec = 'null', blocks = [] } = parts;
  const meta = parts.meta ?? { 'avro.schema': schema, 'avro.codec': codec };
  const entries = Object.entries(meta).flatMap(([key, value]) => [
    long(key.length),
    Buffer.from(key),
    long(Buffer.byteLength(value)),
    Buffer.from(value),
  ]);
  const head = Buffer.concat([Buffer.from('Obj\x01'), long(entries.length / 4), ...entries, long(0), SYNC]);
  const path = newPath();
  writeFileSync(path, Buffer.concat([parts.head ?? head, ...blocks]));
  return path;
}
function block(count: number, data: Buffer, sync = SYNC, size = data.length): Buffer {
  return Buffer.concat([long(count), long(size), data, sync]);
}
const datums = (...which: number[]) => Buffer.concat(which.map(i => encodeEvent(event(i))));

describe.each(CODECS)('codec %s', codec => {
  test('what is written is read, in order, in several blocks', async () => {
    const path = newPath();
    const written = await writeEventFile(path, events(500), { codec, blockBytes: 2000 });
    const info = await inspectEventFile(path);
    expect(info).toMatchObject({ ...written, records: 500, undelimited: 0, codec });
    expect(info.blocks).toBeGreaterThan(10);
    expect(info.bytes).toBe(statSync(path).size);
    expect(info.contentHash).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
    const all = await decodeAll(path);
    expect(idsOf(all)).toEqual(Array.from({ length: 500 }, (_, i) => [i, `e${i}`]));
    for (const from of [1, 37, 250, 499, 500, 9999]) {
      expect(await decodeAll(path, from)).toEqual(all.slice(from));
    }
  });

  test('other implementations read ours, and we theirs', async () => {
    const ours = newPath();
    await writeEventFile(ours, events(100), { codec, blockBytes: 1000 });
    const codecs = {
      snappy: (bytes: Buffer, done: (error: null, data: Buffer) => void) => done(null, snappyUnpacked(bytes)),
    };
    const theirs: string[] = [];
    await new Promise((resolve, reject) => {
      avro
        .createFileDecoder(ours, { codecs: { ...avro.streams.BlockDecoder.defaultCodecs(), ...codecs } })
        .on('data', (value: { event_id: string }) => theirs.push(value.event_id))
        .on('error', reject)
        .on('end', resolve);
    });
    expect(theirs).toEqual(events(100).map(e => e.event_id));

    const path = newPath();
    await new Promise((resolve, reject) => {
      const encoder = avro.createFileEncoder(path, eventType, {
        codec,
        blockSize: 1000,
        codecs: {
          ...avro.streams.BlockEncoder.defaultCodecs(),
          snappy: (bytes: Buffer, done: (error: null, data: Buffer) => void) =>
            done(null, snappyPacked(bytes)),
        },
      });
      encoder.on('finish', resolve).on('error', reject);
      for (const one of events(100)) encoder.write(one);
      encoder.end();
    });
    await expect
      .poll(async () => (await inspectEventFile(path).catch(() => ({ records: 0 }))).records)
      .toBe(100);
    expect(idsOf(await decodeAll(path))).toEqual(events(100).map((e, i) => [i, e.event_id]));
  });

  test('cut off anywhere, it is refused by name, block and byte', async () => {
    const path = newPath();
    await writeEventFile(path, events(60), { codec, blockBytes: 1500 });
    const whole = readFileSync(path);
    const { blocks } = await inspectEventFile(path);
    let refused = 0;
    for (let length = 0; length < whole.length; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      const error = await inspectEventFile(path).then(
        info => info,
        (caught: unknown) => caught,
      );
      // A cut between two blocks leaves a shorter whole file.
      if (!(error instanceof Error)) {
        expect(error).toMatchObject({ bytes: length });
        continue;
      }
      expect(error).toBeInstanceOf(EventFileError);
      expect(error.message).toMatch(/^.*\.avro: (header|block \d+) at byte \d+: /);
      refused++;
    }
    expect(blocks).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(50);
  });
});

function snappyPacked(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([compressSync(bytes), checksum]);
}
function snappyUnpacked(bytes: Buffer): Buffer {
  const data = uncompressSync(bytes.subarray(0, -4));
  if (typeof data === 'string') throw new Error('a string');
  return data;
}

test('crc32 is that of the standard', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(crc32(Buffer.alloc(0))).toBe(0);
});

describe('writing', () => {
  test('the same events give the same file, others another', async () => {
    const hashes = [];
    for (const count of [50, 50, 51])
      hashes.push((await writeEventFile(newPath(), events(count))).contentHash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });
  test('no events make a whole file', async () => {
    const path = newPath();
    await writeEventFile(path, []);
    expect(await inspectEventFile(path)).toMatchObject({ records: 0, blocks: 0 });
    expect(await decodeAll(path)).toEqual([]);
  });
  test('an event that is none leaves nothing behind, nor touches what was there', async () => {
    const path = newPath();
    await writeEventFile(path, events(1));
    const before = readFileSync(path);
    const names = readdirSync(directory).length;
    await expect(writeEventFile(path, [event(1), { ...event(2), value: 0.5 }])).rejects.toThrow(
      'invalid "long"',
    );
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory).length).toBe(names);
  });
  test('an error of the source of events does the same', async () => {
    const names = readdirSync(directory).length;
    async function* failing() {
      yield event(1);
      throw new Error('no more');
    }
    await expect(writeEventFile(join(directory, 'x.avro'), failing())).rejects.toThrow('no more');
    expect(readdirSync(directory).length).toBe(names);
  });
  test('blocks keep their order for a caller that does not wait', async () => {
    const path = newPath();
    const writer = await createEventFileWriter(path, { codec: 'deflate', blockBytes: 100 });
    const full = events(300).map((one, i) =>
      writer.write(i % 20 === 0 ? { ...one, page_title: 'x'.repeat(50_000) } : one),
    );
    await Promise.all([...full, writer.close()]);
    expect(idsOf(await decodeAll(path)).map(([, id]) => id)).toEqual(events(300).map(e => e.event_id));
  });
  test('a column of its own, read back as replay_of', async () => {
    const schema = JSON.parse(newest.text) as { fields: unknown[] };
    schema.fields.push({ name: 'replay_of', type: 'string', default: '' });
    const path = newPath();
    const writer = await createEventFileWriter(path, { schema: JSON.stringify(schema) });
    for (const one of [{ ...event(1), replay_of: 'files-0-3-77' }, event(2)]) await writer.write(one);
    await writer.close();
    const file = await openEventFile(path);
    for await (const batch of file.records()) {
      expect(batch.map(record => file.peek(record.value))).toEqual([
        { visitor_id: 'v1', received_time: null, replay_of: 'files-0-3-77' },
        { visitor_id: 'v2', received_time: null, replay_of: '' },
      ]);
    }
    await file.close();
  });
});

describe('a file that is refused', () => {
  const refused = (path: string) => expect(inspectEventFile(path)).rejects;

  test('no event file at all', async () => {
    await refused(fileOf({ head: Buffer.alloc(0) })).toThrow(
      'header at byte 0: not an Avro object container file',
    );
    await refused(fileOf({ head: Buffer.from('event_id,event_name\n') })).toThrow(
      'not an Avro object container file',
    );
    await refused(join(directory, 'missing.avro')).toThrow('ENOENT');
  });
  test('a header whose metadata count 4e9', async () => {
    await refused(fileOf({ head: Buffer.concat([Buffer.from('Obj\x01'), long(4e9), SYNC, SYNC]) })).toThrow(
      'cannot fit',
    );
  });
  test('a header longer than any', async () => {
    const meta = { 'avro.schema': newest.text, note: 'x'.repeat(2_100_000) };
    await refused(fileOf({ meta })).toThrow('or longer than 2 MiB');
  });
  test('no schema, a wrong one, one of something else', async () => {
    await refused(fileOf({ meta: {} })).toThrow('no avro.schema');
    await refused(fileOf({ meta: { ['__proto__']: newest.text } })).toThrow('no avro.schema');
    await refused(fileOf({ schema: '{' })).toThrow('its schema cannot be read as footfall.Event');
    await refused(fileOf({ schema: '"string"' })).toThrow('not a record');
  });
  test('a codec that we lack', async () => {
    await refused(fileOf({ codec: 'zstandard' })).toThrow(
      'codec "zstandard" is none of null, deflate, snappy',
    );
  });
  test('no codec is codec null', async () => {
    const path = fileOf({ meta: { 'avro.schema': newest.text }, blocks: [block(1, datums(1))] });
    expect(await inspectEventFile(path)).toMatchObject({ records: 1, codec: 'null' });
  });
  test('a wrong sync marker, by block and byte', async () => {
    const first = block(2, datums(1, 2));
    const path = fileOf({ blocks: [first, block(1, datums(3), Buffer.alloc(16))] });
    const start = statSync(path).size - block(1, datums(3)).length;
    await refused(path).toMatchObject({
      block: 1,
      byte: start,
      message: expect.stringContaining('sync marker'),
    });
  });
  test('more records than can fit', async () => {
    await refused(fileOf({ blocks: [block(4_000_000_000, datums(1))] })).toThrow('cannot fit');
    await refused(fileOf({ blocks: [block(-1, datums(1))] })).toThrow('a count of records that is none');
    await refused(fileOf({ blocks: [Buffer.alloc(12, 0xff)] })).toThrow('a count of records that is none');
  });
  test('a block longer than the file, than allowed, or of negative length', async () => {
    await refused(fileOf({ blocks: [block(1, datums(1), SYNC, 4e9)] })).toThrow('cut off: 4000000000 bytes');
    await refused(fileOf({ blocks: [block(1, datums(1), SYNC, -5)] })).toThrow('a length that is none');
    const path = fileOf({ blocks: [block(1, datums(1))] });
    await expect(inspectEventFile(path, { blockBytesMax: 20 })).rejects.toThrow('at most 20');
  });
  test('a deflate bomb', async () => {
    const bomb = deflateRawSync(Buffer.alloc(70 * 1_048_576));
    await refused(fileOf({ codec: 'deflate', blocks: [block(1, bomb)] })).toThrow(
      'does not decompress (deflate)',
    );
  });
  test('a snappy length of 4 GiB', async () => {
    const bomb = Buffer.concat([Buffer.from('ffffffff0f', 'hex'), Buffer.alloc(20)]);
    await refused(fileOf({ codec: 'snappy', blocks: [block(1, bomb)] })).toThrow(
      '4294967295 bytes uncompressed, at most',
    );
  });
  test('a snappy checksum that differs, and no snappy at all', async () => {
    const packed = snappyPacked(datums(1));
    packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 1, packed.length - 1);
    await refused(fileOf({ codec: 'snappy', blocks: [block(1, packed)] })).toThrow(
      'the checksum of its data differs',
    );
    await refused(fileOf({ codec: 'snappy', blocks: [block(1, Buffer.alloc(3))] })).toThrow('no snappy data');
    await refused(fileOf({ codec: 'snappy', blocks: [block(1, Buffer.alloc(30, 7))] })).toThrow(
      'does not decompress',
    );
  });
  test('bytes left over in a block', async () => {
    await refused(fileOf({ blocks: [block(1, datums(1, 2))] })).toThrow(
      /bytes left over after its 1 records/,
    );
  });
  test('a block of no records: with bytes it is refused, without it counts for nothing', async () => {
    await refused(fileOf({ blocks: [block(0, Buffer.alloc(300_000)), block(1, datums(1))] })).toThrow(
      '300000 bytes left over',
    );
    const path = fileOf({ blocks: [block(0, Buffer.alloc(0)), block(1, datums(1))] });
    const contentHash = createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(await inspectEventFile(path)).toMatchObject({ records: 1, blocks: 2, contentHash });
    expect(idsOf(await decodeAll(path))).toEqual([[0, 'e1']]);
  });
  test('bytes after the last block', async () => {
    const path = fileOf({ blocks: [block(1, datums(1))] });
    appendFileSync(path, 'x');
    await refused(path).toThrow('block 1 at byte');
    truncateSync(path, statSync(path).size - 1);
    expect(await inspectEventFile(path)).toMatchObject({ records: 1 });
  });
});

describe('a datum that does not decode', () => {
  test('whose end is found, is one record', async () => {
    const type = parseSchema(newest.text);
    const good = type.toBuffer(event(1));
    // event_time beyond 2^53: its extent is plain, its value is not.
    const huge = Buffer.concat([
      good.subarray(0, 13),
      Buffer.from('ffffffffffffffff7f', 'hex'),
      good.subarray(19),
    ]);
    const path = fileOf({ blocks: [block(3, Buffer.concat([datums(0), huge, datums(2)]))] });
    expect(await inspectEventFile(path)).toMatchObject({ records: 3, undelimited: 0 });
    expect(idsOf(await decodeAll(path))).toEqual([
      [0, 'e0'],
      [1, 'undecodable'],
      [2, 'e2'],
    ]);
  });

  test('whose end is not found, takes the rest of its block; the block’s others are empty, the next block is whole', async () => {
    const bad = Buffer.from([0x80, 0xff, 0xff, 0xff, 0xff]);
    const data = Buffer.concat([datums(0), bad, datums(2, 3)]);
    const path = fileOf({ blocks: [block(4, data), block(1, datums(4))] });
    expect(await inspectEventFile(path)).toMatchObject({ records: 5, undelimited: 3 });
    expect(idsOf(await decodeAll(path))).toEqual([
      [0, 'e0'],
      [1, 'undecodable'],
      [2, 'undecodable'],
      [3, 'undecodable'],
      [4, 'e4'],
    ]);
    const values: string[] = [];
    for await (const batch of readEventFile(path, 1))
      values.push(...batch.map(r => r.value.subarray(10).toString('hex')));
    expect(values).toEqual([
      data.subarray(datums(0).length).toString('hex'),
      '',
      '',
      datums(4).toString('hex'),
    ]);
    expect(idsOf(await decodeAll(path, 2))).toEqual(idsOf(await decodeAll(path)).slice(2));
  });

  test('has no visitor to peek at', async () => {
    const path = fileOf({ blocks: [block(2, Buffer.concat([datums(0), Buffer.alloc(80, 0xff)]))] });
    const file = await openEventFile(path);
    for await (const batch of file.records()) {
      expect(batch.map(record => file.peek(record.value)?.visitor_id)).toEqual(['v0', undefined]);
    }
    await file.close();
  });
});

test('a writer of another schema: fewer fields, others beside them', async () => {
  const type: Type = parseSchema(
    JSON.stringify({
      type: 'record',
      name: 'com.example.Event',
      fields: [
        { name: 'session', type: { type: 'fixed', name: 'Sid', size: 4 } },
        { name: 'visitor_id', type: ['null', 'string'] },
        { name: 'event_time', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'event_id', type: 'string' },
        { name: 'event_name', type: 'string' },
        { name: 'received_time', type: 'long' },
      ],
    }),
  );
  const value = { ...event(1), session: Buffer.alloc(4), received_time: 5 };
  const path = fileOf({
    schema: JSON.stringify(type),
    blocks: [block(2, Buffer.concat([type.toBuffer(value), type.toBuffer({ ...value, visitor_id: null })]))],
  });
  expect(idsOf(await decodeAll(path))).toEqual([
    [0, 'e1'],
    [1, 'undecodable'],
  ]);
  const file = await openEventFile(path);
  for await (const batch of file.records()) {
    expect(batch.map(record => file.peek(record.value)?.received_time)).toEqual([5, undefined]);
  }
  await file.close();
});

test('a block of a million records comes a thousand at a time', async () => {
  const type = parseSchema(
    JSON.stringify({ ...JSON.parse(newest.text), fields: JSON.parse(newest.text).fields.slice(0, 4) }),
  );
  const one = type.toBuffer({ event_id: '', event_name: '', event_time: 0, visitor_id: '' });
  expect(one.length).toBe(4);
  const path = fileOf({ schema: JSON.stringify(type), blocks: [block(1_000_000, Buffer.alloc(4_000_000))] });
  let records = 0;
  for await (const batch of readEventFile(path, 10)) {
    expect(batch.length).toBeLessThanOrEqual(1000);
    records += batch.length;
  }
  expect(records).toBe(999_990);
});

test.each(CODECS satisfies readonly Codec[])(
  'reading %s keeps no more than a few blocks in memory',
  async codec => {
    const path = newPath();
    async function* many() {
      const params = { text: 'x'.repeat(2000) };
      for (let i = 0; i < 20_000; i++) yield { ...event(i), params };
    }
    await writeEventFile(path, many(), { codec });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const _batch of readEventFile(path))
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    expect(most).toBeLessThan(36 * 1_048_576);
  },
);
