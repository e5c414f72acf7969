import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import {
  CODECS,
  EventFileError,
  inspectEventFile,
  openEventFile,
  writeEventFile,
} from '../../pipeline/contract/eventFile.ts';
import { frameConfluent, frameSingleObject } from '../../pipeline/contract/framing.ts';
import { REJECT_REASONS } from '../../pipeline/contract/outcome.ts';
import { readerOf, type SchemaReader } from '../../pipeline/contract/reader.ts';
import type { KnownSchema } from '../../pipeline/contract/registry.ts';
import { newest, parseSchema } from '../../pipeline/contract/schema.ts';
import { seededShares } from '../support/seeded.ts';

/**
 * Messages, schemas and files that nobody would send, by the hundred thousand: none may end the process, stall it or
 * make it grow, and each must get a known outcome. `npm run fuzz -- --messages 200000 --seed 1`; exit 1 on a failure.
 */
export interface FuzzOptions {
  messages: number;
  seed: number;
  /** Generous: a busy machine must not fail it, a stall of seconds must. */
  message_ms_max?: number;
  growth_bytes_max?: number;
}

export interface FuzzResult {
  /** By outcome: 'event', a reason of rejection, or what became of schemas and files. */
  counts: Record<string, number>;
  slowest_ms: number;
  growth_bytes: number;
  failures: string[];
}

const MESSAGES_PER_FILE = 200;
const MESSAGES_PER_SCHEMA = 100;
const FAILURES_MAX = 20;

interface Field {
  name: string;
  type: unknown;
}

/** Writers' schemas with everything that Avro has, and a value of each. */
function writers(): { schema: string; value: Record<string, unknown> }[] {
  const { fields } = JSON.parse(newest.text) as { fields: Field[] };
  const record = (more: Field[]) =>
    JSON.stringify({ type: 'record', name: 'x.Event', fields: [...more, ...fields] });
  const value = {
    event_id: 'e1',
    event_name: 'purchase',
    event_time: 1_700_000_000_000,
    visitor_id: 'v1',
    user_id: 'u1',
    received_time: 1_700_000_000_001,
    page_title: 'Größe 😀',
    currency: 'EUR',
    value: 123_456_789_012,
    items: [{ item_id: 'i1', cost: 5 }, { item_id: 'i2' }],
    params: JSON.parse('{"a":"b","__proto__":"c"}'),
    metrics: { cls: 0.1 },
    score: 4.5,
  };
  const tree = {
    type: 'record',
    name: 'Tree',
    fields: [{ name: 'c', type: { type: 'array', items: 'Tree' } }],
  };
  const odd = [
    { name: 'o1', type: { type: 'array', items: 'null' } },
    { name: 'o2', type: { type: 'map', values: { type: 'array', items: ['null', 'string', 'long'] } } },
    { name: 'o3', type: tree },
    { name: 'o4', type: { type: 'record', name: 'List', fields: [{ name: 'n', type: ['null', 'List'] }] } },
    { name: 'o5', type: { type: 'enum', name: 'E', symbols: ['A', 'B', 'C'] } },
    { name: 'o6', type: { type: 'fixed', name: 'F', size: 16 } },
    { name: 'o7', type: { type: 'array', items: { type: 'record', name: 'Nothing', fields: [] } } },
    { name: 'o8', type: { type: 'map', values: 'Tree' } },
    { name: 'o9', type: 'bytes' },
    { name: 'o10', type: 'float' },
  ];
  const oddValue = {
    o1: [null, null],
    o2: { k: [null] },
    o3: { c: [{ c: [] }, { c: [{ c: [] }] }] },
    o4: { n: { n: { n: null } } },
    o5: 'B',
    o6: Buffer.alloc(16, 1),
    o7: [{}, {}],
    o8: JSON.parse('{"__proto__":{"c":[]}}'),
    o9: Buffer.from('bytes'),
    o10: 1.5,
  };
  const nullable = fields.map(({ name, type }) => ({
    name,
    type: typeof type === 'string' ? ['null', type] : type,
  }));
  return [
    { schema: newest.text, value },
    { schema: record(odd), value: { ...value, ...oddValue } },
    { schema: JSON.stringify({ type: 'record', name: 'Event', fields: fields.slice(0, 4) }), value },
    {
      schema: JSON.stringify({ type: 'record', name: 'Event', fields: nullable }),
      value: {
        ...Object.fromEntries(fields.map(f => [f.name, null])),
        ...value,
        consent_ads: true,
        consent_analytics: true,
      },
    },
  ];
}

/** What breaks decoders: huge, negative and endless numbers, a map key that is a prototype, text that is none. */
const NASTY = [
  '80a0b2bb1d00', // 4e9
  'ffffffffffffffffff01', // -2^63
  'feffffffffffffffff01', // 2^63 - 1
  'ffffffffffffffffffffffff',
  '8080808080808080808000',
  '0100',
  '01808080808010',
  '125f5f70726f746f5f5f0278', // __proto__: x
  '04c328',
  '06eda080',
  '000000000000f87f',
].map(hex => Buffer.from(hex, 'hex'));

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { messages, seed, message_ms_max = 2000, growth_bytes_max = 256 * 1_048_576 } = options;
  const next = seededShares(seed);
  const below = (n: number) => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));

  const known = new Map<number, KnownSchema>();
  const decoder = createDecoder({
    registry: { get: id => known.get(id), resolve: id => Promise.reject(new Error(`asked for ${id}`)) },
    messageBytesMax: 100_000,
  });
  const sources = writers().map(({ schema, value }, index) => {
    const reader: SchemaReader = decoder.learn(schema);
    known.set(index + 1, { reader });
    return {
      schema,
      value,
      datum: parseSchema(schema).toBuffer(value),
      fingerprint: reader.fingerprint,
      id: index + 1,
    };
  });

  function mutated(original: Buffer): Buffer {
    let data = Buffer.from(original);
    for (let changes = 1 + below(4); changes > 0; changes--) {
      const at = below(data.length + 1);
      const kind = below(7);
      if (kind === 0 && data.length > 0) data[at % data.length] = below(256);
      else if (kind === 1 && data.length > 0)
        data[at % data.length] = (data[at % data.length] as number) ^ (1 << below(8));
      else if (kind === 2) data = data.subarray(0, at);
      else if (kind === 3) data = Buffer.concat([data.subarray(0, at), pick(NASTY), data.subarray(at)]);
      else if (kind === 4)
        data = Buffer.concat([data.subarray(0, at), pick(NASTY), data.subarray(at + pick(NASTY).length)]);
      else if (kind === 5) data = Buffer.concat([data.subarray(0, at), bytes(below(20)), data.subarray(at)]);
      else data = Buffer.concat([data.subarray(0, at), data.subarray(below(at + 1))]);
    }
    return data;
  }

  function message(): { value: Uint8Array | null; sound: boolean } {
    const source = pick(sources);
    const frame = (datum: Buffer) =>
      next() < 0.5 ? frameConfluent(source.id, datum) : frameSingleObject(source.fingerprint, datum);
    const kind = below(20);
    if (kind === 0) return { value: frame(source.datum), sound: true };
    if (kind === 1) return { value: next() < 0.2 ? null : bytes(below(30)), sound: false };
    if (kind === 2) return { value: frame(bytes(below(2000))), sound: false };
    if (kind === 3) return { value: frameConfluent(below(12) - 2, source.datum), sound: false };
    if (kind === 4) return { value: mutated(frame(source.datum)), sound: false };
    if (kind === 5)
      return { value: frame(Buffer.alloc(below(120_000), pick([0, 1, 2, 127, 128, 255]))), sound: false };
    // The datum of one schema under another: it may decode, into nonsense.
    if (kind === 6) return { value: frame(pick(sources).datum), sound: false };
    return { value: frame(mutated(source.datum)), sound: false };
  }

  const counts: Record<string, number> = {};
  const failures: string[] = [];
  let slowest_ms = 0;
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const fail = (what: string) => {
    if (failures.length < FAILURES_MAX) failures.push(what);
  };
  const timed = (start: number, what: () => string) => {
    const took = performance.now() - start;
    slowest_ms = Math.max(slowest_ms, took);
    if (took > message_ms_max) fail(`${Math.round(took)} ms: ${what()}`);
  };
  const hex = (value: Uint8Array | null) =>
    value === null ? 'null' : Buffer.from(value.subarray(0, 2000)).toString('hex');

  function oneMessage(): void {
    const { value, sound } = message();
    const start = performance.now();
    try {
      const decoded = decoder.decode(value);
      timed(start, () => hex(value));
      if ('event' in decoded) {
        count('event');
        const { event_id, event_time, items, params } = decoded.event;
        const whole =
          typeof event_id === 'string' && Number.isSafeInteger(event_time) && Array.isArray(items);
        if (!whole || Object.getPrototypeOf(params) !== Object.prototype)
          fail(`no whole event: ${hex(value)}`);
      } else if ('rejection' in decoded) {
        const { reason, detail } = decoded.rejection;
        count(reason);
        if (!REJECT_REASONS.includes(reason) || detail === '' || detail.length > 1000)
          fail(`detail: ${hex(value)}`);
        if (sound) fail(`rejected a sound event, ${detail}: ${hex(value)}`);
      } else {
        count('unknown id');
      }
    } catch (error) {
      fail(`threw ${error}: ${hex(value)}`);
    }
  }

  function oneSchema(): void {
    const { schema } = pick(sources);
    const at = below(schema.length);
    const text =
      next() < 0.5
        ? mutated(Buffer.from(schema)).toString()
        : schema.slice(0, at) +
          pick(['"', '}', ']', '{', '"null",', '"type":', '[', '"Event"']) +
          schema.slice(at + below(10));
    const start = performance.now();
    try {
      readerOf(text);
      count('schema read');
    } catch (error) {
      count('schema refused');
      if (!(error instanceof Error)) fail(`threw ${String(error)} for a schema`);
    }
    timed(start, () => `schema ${text}`);
  }

  async function oneFile(path: string, original: Buffer): Promise<void> {
    const broken = mutated(original);
    writeFileSync(path, broken);
    const start = performance.now();
    try {
      const info = await inspectEventFile(path);
      const file = await openEventFile(path);
      let records = 0;
      for await (const batch of file.records()) {
        for (const { value } of batch) {
          file.peek(value);
          decoder.decode(value);
          records++;
        }
      }
      await file.close();
      count('file read');
      if (records !== info.records)
        fail(`${records} of ${info.records} records: file ${broken.toString('hex')}`);
    } catch (error) {
      count('file refused');
      if (!(error instanceof EventFileError)) fail(`threw ${error}: file ${broken.toString('hex')}`);
    }
    timed(start, () => `file ${broken.toString('hex')}`);
  }

  const used = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };

  const directory = mkdtempSync(join(tmpdir(), 'footfall-fuzz-'));
  try {
    const originals: Buffer[] = [];
    for (const codec of CODECS) {
      const path = join(directory, `${codec}.avro`);
      const events = Array.from({ length: 20 }, (_, i) => ({
        event_id: `e${i}`,
        event_name: 'page_view',
        event_time: 1_700_000_000_000 + i,
        visitor_id: 'v1',
      }));
      await writeEventFile(path, events, { codec, blockBytes: 300 });
      originals.push(readFileSync(path));
    }
    let before = used();
    for (let i = 0; i < messages; i++) {
      oneMessage();
      if (i % MESSAGES_PER_SCHEMA === 0) oneSchema();
      if (i % MESSAGES_PER_FILE === 0) await oneFile(join(directory, 'broken.avro'), pick(originals));
      // Code and caches have come to be by then.
      if (i === Math.floor(messages / 10)) before = used();
    }
    const growth_bytes = used() - before;
    if (growth_bytes > growth_bytes_max) fail(`grew by ${growth_bytes} bytes`);
    return { counts, slowest_ms, growth_bytes, failures };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { messages: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } },
  });
  const [messages, seed] = [Number(values.messages), Number(values.seed)];
  if (!Number.isSafeInteger(messages) || messages < 1 || !Number.isSafeInteger(seed)) {
    console.error('usage: npm run fuzz -- --messages 200000 --seed 1');
    process.exit(2);
  }
  const result = await fuzz({ messages, seed });
  console.log(JSON.stringify({ messages, seed, ...result }, null, 2));
  if (result.failures.length > 0) process.exitCode = 1;
}
