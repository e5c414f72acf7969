import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Event } from '../../pipeline/contract/event.ts';
import { frameConfluent, frameSingleObject } from '../../pipeline/contract/framing.ts';
import { REJECT_REASONS, type RejectReason } from '../../pipeline/contract/outcome.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { event, item } from '../support/event.ts';
import { type TestKafka, testKafka } from '../support/kafka.ts';
import { registerSchema, testRegistry } from '../support/registry.ts';
import { newTopics, placeOf, readTopics, startShop } from './shop.ts';
import { followProgress, killWorkers, startWorkerProcess } from './workers.ts';

let clickhouse: TestClickHouse;
let kafka: TestKafka;
let registryUrl: string;
beforeAll(async () => {
  [clickhouse, kafka, { url: registryUrl }] = await Promise.all([startShop(), testKafka(), testRegistry()]);
});
afterEach(killWorkers);
afterAll(async () => {
  await clickhouse?.stop();
  await kafka?.close();
});

const DAY_MS = 86_400_000;
/** Of the worker under test. */
const MESSAGE_BYTES_MAX = 200_000;
/** No registry has counted so far. */
const UNKNOWN_ID = 2_147_483_646;

interface Bad {
  name: string;
  reason: RejectReason;
  value: Buffer | null;
}

/** Every way that the contract names of being wrong, some in several shapes. */
function badMessages(ids: { event: number; other: number }): Bad[] {
  const now = Date.now();
  const good = { event_id: 'x', visitor_id: 'vx', event_time: now };
  const framed = (given: Partial<Event>): Buffer =>
    frameConfluent(ids.event, encodeEvent(event({ ...good, ...given })));
  const all: Array<[name: string, reason: RejectReason, value: Buffer | null]> = [
    ['no value', 'empty', null],
    ['no bytes', 'empty', Buffer.alloc(0)],
    ['one byte over the limit', 'oversized', Buffer.alloc(MESSAGE_BYTES_MAX + 1, 0x41)],
    ['JSON', 'unframed', Buffer.from(JSON.stringify(good))],
    ['Latin-1', 'unframed', Buffer.from([0xe4, 0xf6, 0xfc, 0xff, 0xfe])],
    ['a bare datum', 'unframed', encodeEvent(event(good))],
    ['cut off in its header', 'unframed', Buffer.from([0, 0, 0])],
    ['schema id 0', 'unframed', frameConfluent(0, encodeEvent(event(good)))],
    ['a fingerprint of nobody', 'unframed', frameSingleObject(Buffer.alloc(8, 7), encodeEvent(event(good)))],
    ['an id that the registry does not have', 'unknown_schema', frameConfluent(UNKNOWN_ID, Buffer.from([1]))],
    ['cut off', 'undecodable', framed({}).subarray(0, 20)],
    ['bytes after its end', 'undecodable', Buffer.concat([framed({}), Buffer.from([0])])],
    ['no datum', 'undecodable', frameConfluent(ids.event, Buffer.alloc(0))],
    // Where the first string's length stands.
    ['a length of 2 GB', 'undecodable', frameConfluent(ids.event, Buffer.from('80d0acf30e', 'hex'))],
    ["another record's schema", 'undecodable', frameConfluent(ids.other, Buffer.from([2, 65]))],
    ['event_id empty', 'bad_id', framed({ event_id: '' })],
    ['visitor_id too long', 'bad_id', framed({ visitor_id: 'v'.repeat(129) })],
    ['a line break in the site', 'bad_id', framed({ site: 'sh\nop' })],
    ['a name in capitals', 'bad_name', framed({ event_name: 'Page View' })],
    ['time 0', 'bad_time', framed({ event_time: 0 })],
    ['seconds for milliseconds', 'bad_time', framed({ event_time: Math.floor(now / 1000) })],
    ['older than two years', 'bad_time', framed({ event_time: now - 731 * DAY_MS })],
    ['after 2100', 'bad_time', framed({ event_time: 4_102_444_800_001 })],
    ['two hours ahead', 'future', framed({ event_time: now + 2 * 3_600_000 })],
    ['money without a currency', 'bad_money', framed({ event_name: 'purchase', value: 100 })],
    ['no such currency', 'bad_money', framed({ event_name: 'purchase', value: 100, currency: 'eur' })],
    ['a title over its limit', 'too_large', framed({ page_title: 'ß'.repeat(513) })],
    ['too many items', 'too_large', framed({ items: Array.from({ length: 501 }, () => item()) })],
  ];
  return all.map(([name, reason, value]) => ({ name, reason, value }));
}

it('every bad record becomes one dead letter, with its exact bytes, key, headers and reason; nothing else is lost', async () => {
  const ids = {
    event: await registerSchema(registryUrl, `bad-${randomUUID()}`, newest.text),
    other: await registerSchema(
      registryUrl,
      `bad-${randomUUID()}`,
      '{"type":"record","name":"Visit","fields":[{"name":"page","type":"string"}]}',
    ),
  };
  const bad = badMessages(ids);
  expect(new Set(bad.map(({ reason }) => reason))).toEqual(new Set(REJECT_REASONS));
  const [topic = ''] = await newTopics(kafka, 'bad', [3]);
  const now = Date.now();
  const good = Array.from({ length: 3 * bad.length }, (_, i) =>
    event({ event_id: `good ${i}`, visitor_id: `v${i % 11}`, event_time: now - i }),
  );
  const names = new Map<string, Bad>();
  const messages = good.flatMap((one, i) => {
    const sent = [{ key: one.visitor_id, value: frameConfluent(ids.event, encodeEvent(one)) }];
    const wrong = bad[i];
    if (wrong === undefined) return sent;
    names.set(wrong.name, wrong);
    const broken = {
      // Keys need be no text, and may be missing.
      key: i % 5 === 0 ? null : Buffer.from([0xff, 0, i]),
      value: wrong.value,
      headers: { case: wrong.name, twice: ['1', Buffer.from([0xc3, 0x28])], empty: '' },
    };
    return [...sent, broken];
  });
  const producer = await kafka.producer();
  await producer.send({ topic, messages });

  const worker = startWorkerProcess({
    brokers: kafka.brokers,
    topics: [topic],
    group: `bad-${randomUUID()}`,
    clickhouseUrl: clickhouse.url,
    registryUrl,
    workerLimits: { foldRecordsMax: 5 },
  });
  const log = await readTopics(kafka, [topic]);
  const progress = followProgress();
  progress.watch(worker);
  await progress.reaches(
    new Map(log.map(({ partition, messages: m }) => [placeOf(topic, partition), m.length])),
  );
  await worker.stop();

  const expected = log.flatMap(({ partition, messages: read }) =>
    read.flatMap(({ offset, timestamp, key, value, headers }) => {
      const wrong = names.get(headers.find(([name]) => name === 'case')?.[1].toString() ?? '');
      if (wrong === undefined) return [];
      return [
        {
          place: `${partition}@${offset}`,
          case: wrong.name,
          reason: wrong.reason,
          arrival: timestamp,
          key: key?.toString('hex') ?? null,
          bytes: value?.toString('hex') ?? null,
          headers: headers.map(([name, one]) => `${name}=${one.toString('hex')}`),
        },
      ];
    }),
  );
  expect(expected).toHaveLength(bad.length);
  const client = clickhouse.client();
  const answer = await client.query({
    query: `SELECT concat(toString(partition), '@', toString(offset)) AS place,
              d.headers[1].2 AS case, reason, toUnixTimestamp64Milli(d.arrival) AS arrival,
              lower(hex(d.key)) AS key, lower(hex(d.bytes)) AS bytes,
              arrayMap(h -> concat(h.1, '=', lower(hex(h.2))), d.headers) AS headers, detail
            FROM footfall.dead_letters AS d WHERE d. topic = {topic:String}`,
    query_params: { topic },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const letters = await answer.json<(typeof expected)[number] & { detail: string }>();
  const byPlace = (a: { place: string }, b: { place: string }): number => (a.place < b.place ? -1 : 1);
  expect(letters.map(({ detail, ...letter }) => letter).sort(byPlace)).toEqual(expected.sort(byPlace));
  expect(letters.filter(({ detail }) => detail === '')).toEqual([]);

  const events = await client.query({
    query:
      'SELECT event_id, schema_id FROM footfall.events WHERE topic = {topic:String} ORDER BY event_time DESC',
    query_params: { topic },
    format: 'JSONEachRow',
  });
  expect(await events.json()).toEqual(good.map(({ event_id }) => ({ event_id, schema_id: ids.event })));
  const residual = await client.query({
    query: `SELECT sum(consumed) AS consumed, sum(rejected) AS rejected, sum(abs(residual)) AS residual
            FROM footfall.conservation(since='2020-01-01', until='2099-01-01') WHERE topic = {topic:String}`,
    query_params: { topic },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  expect(await residual.json()).toEqual([{ consumed: messages.length, rejected: bad.length, residual: 0 }]);
}, 90_000);
