import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createDecoder } from '../../pipeline/contract/decode.ts';
import { frameConfluent } from '../../pipeline/contract/framing.ts';
import { createRegistry, type KnownSchema, type RegistryOptions } from '../../pipeline/contract/registry.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';

type Reply = [status: number, body: unknown];
const schema: Reply = [200, { schema: newest.text }];
const notFound: Reply = [404, { error_code: 40403, message: 'Schema not found' }];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An HTTP server that answers as a registry would: the replies in turn, the last one for ever. */
async function serve(replies: (id: number, request: IncomingMessage) => Reply | 'hang up') {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.url ?? '');
    const reply = replies(Number(/\d+$/.exec(request.url ?? '')?.[0]), request);
    if (reply === 'hang up') {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply[0], { 'content-type': 'application/json', connection: 'close' });
    response.end(typeof reply[1] === 'string' ? reply[1] : JSON.stringify(reply[1]));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise(resolve => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** The replies in turn, the last one for ever. */
function inTurn(...replies: (Reply | 'hang up')[]) {
  let next = 0;
  return () => replies[Math.min(next++, replies.length - 1)] as Reply | 'hang up';
}

/** A registry whose clock moves only by sleeping. */
function registryAt(url: string, options: Partial<RegistryOptions> = {}) {
  let clock_ms = 0;
  const slept: number[] = [];
  const retries: string[] = [];
  const registry = createRegistry({
    url,
    random: () => 0,
    now: () => clock_ms,
    sleep: async ms => {
      clock_ms += ms;
      slept.push(ms);
    },
    onRetry: (_id, why) => retries.push(why),
    ...options,
  });
  return { registry, slept, retries };
}

function detailOf(known: KnownSchema): string {
  if (!('rejection' in known)) throw new Error('a reader');
  return `${known.rejection.reason}: ${known.rejection.detail}`;
}

test('a schema is fetched once, with user and password, below the URL’s path', async () => {
  let authorization: string | undefined;
  const { url, asked } = await serve((_id, request) => {
    authorization = request.headers.authorization;
    return schema;
  });
  const { registry } = registryAt(`${url}/apis/ccompat/v7/`, { user: 'u', password: 'p:w' });
  expect(registry.get(7)).toBeUndefined();
  const [a, b] = await Promise.all([registry.resolve(7), registry.resolve(7)]);
  expect(a).toBe(b);
  expect(registry.get(7)).toBe(a);
  expect(await registry.resolve(7)).toBe(a);
  expect(asked).toEqual(['/apis/ccompat/v7/schemas/ids/7']);
  expect(authorization).toBe(`Basic ${Buffer.from('u:p:w').toString('base64')}`);
});

test('a value decodes once its schema is there', async () => {
  const { url } = await serve(() => schema);
  const { registry } = registryAt(url);
  const decoder = createDecoder({ registry });
  const least = { event_id: 'e1', event_name: 'page_view', event_time: 1, visitor_id: 'v1' };
  const values = [3, 4, 3].map(id => frameConfluent(id, encodeEvent(least)));
  expect(decoder.decode(values[0] ?? null)).toEqual({ unknownId: 3 });
  await decoder.prefetch([...values, null, Buffer.alloc(3), frameConfluent(0, Buffer.alloc(1))]);
  expect(values.map(value => decoder.decode(value))).toMatchObject([
    { event: least, schemaId: 3 },
    { event: least, schemaId: 4 },
    { event: least, schemaId: 3 },
  ]);
});

test('a registry that is down is waited for, with growing waits', async () => {
  const { url } = await serve(
    inTurn('hang up', [500, ''], [503, {}], [429, {}], [408, {}], [200, '<html>'], schema),
  );
  const { registry, slept, retries } = registryAt(url, { backoffMinMs: 100, backoffMaxMs: 1000 });
  expect(await registry.resolve(1)).toHaveProperty('reader');
  expect(slept).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(retries[0]).toContain('fetch failed');
  expect(retries.slice(1)).toEqual([
    'status 500',
    'status 503',
    'status 429',
    'status 408',
    'status 200 without a schema',
  ]);
});

test('waits are shortened at random, by up to half', async () => {
  const { url } = await serve(inTurn([500, ''], schema));
  const { registry, slept } = registryAt(url, { backoffMinMs: 100, random: () => 0.999 });
  await registry.resolve(1);
  expect(slept).toEqual([50]);
});

test('an answer that does not come is given up and asked for again', async () => {
  const server = createServer(() => {}); // never answers
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const { url } = await serve(() => schema);
  let first = true;
  const { registry, retries } = registryAt(url, {
    requestTimeoutMs: 50,
    fetch: (input, init) => {
      const to = first ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : String(input);
      first = false;
      return fetch(to, init);
    },
  });
  expect(await registry.resolve(1)).toHaveProperty('reader');
  expect(retries[0]).toContain('timeout');
});

test('unknown_schema only after enough tries over enough time', async () => {
  const { url, asked } = await serve(() => notFound);
  const options = { unknownTries: 3, unknownOverMs: 10_000, backoffMinMs: 1000, backoffMaxMs: 1000 };
  const { registry } = registryAt(url, options);
  const known = await registry.resolve(9);
  expect(detailOf(known)).toBe('unknown_schema: schema registry has no schema 9: asked 11 times over 10 s');
  const slow = registryAt(url, { ...options, backoffMinMs: 60_000, backoffMaxMs: 60_000 });
  expect(detailOf(await slow.registry.resolve(9))).toContain('asked 3 times over 120 s');
  const before = asked.length;
  expect(registry.get(9)).toBe(known);
  expect(await registry.resolve(9)).toBe(known);
  expect(asked.length).toBe(before);
});

test('a verdict is for ever until it is forgotten', async () => {
  const { url } = await serve(inTurn(notFound, schema));
  const { registry } = registryAt(url, { unknownTries: 1, unknownOverMs: 0 });
  expect(detailOf(await registry.resolve(9))).toContain('unknown_schema');
  registry.forget(9);
  expect(registry.get(9)).toBeUndefined();
  expect(await registry.resolve(9)).toHaveProperty('reader');
});

test('a verdict of an earlier run is taken over, and not pushed out', async () => {
  const { url, asked } = await serve(() => schema);
  const { registry } = registryAt(url, { cacheMax: 1 });
  registry.pin(9, { reason: 'unknown_schema', detail: 'as it was' });
  await registry.resolve(1);
  await registry.resolve(2);
  expect(detailOf(await registry.resolve(9))).toBe('unknown_schema: as it was');
  expect(asked.length).toBe(2);
  registry.forget(9);
  expect(await registry.resolve(9)).toHaveProperty('reader');
});

test('a replica that has caught up makes the id known; being down in between does not count against it', async () => {
  const { url } = await serve(inTurn(notFound, [500, ''], [500, ''], [500, ''], notFound, schema));
  const { registry } = registryAt(url, { unknownTries: 3, unknownOverMs: 0 });
  expect(await registry.resolve(9)).toHaveProperty('reader');
});

test.each([
  [[401, { error_code: 401 }], 'user and password'],
  [[403, {}], 'user and password'],
  [[404, '<html>not found</html>'], 'path'],
] as [Reply, string][])('settings that are wrong are an error: %j', async (reply, hint) => {
  const { url } = await serve(() => reply);
  const { registry } = registryAt(url, { password: 'secret', user: 'u' });
  const error = await registry.resolve(1).catch((caught: unknown) => caught as Error);
  expect(error).toMatchObject({ name: 'RegistryRefused', message: expect.stringContaining(hint) });
  expect(String(error)).not.toContain('secret');
  expect(registry.get(1)).toBeUndefined();
});

const other = { type: 'record', name: 'Click', fields: [] };
test.each([
  [{ schema: 'message Event {}', schemaType: 'PROTOBUF' }, 'schema 5 is PROTOBUF, not Avro'],
  [{ schema: newest.text, references: [{ name: 'x', subject: 'x', version: 1 }] }, 'refers to other schemas'],
  [{ schema: JSON.stringify(other) }, 'cannot be read as footfall.Event: no alias found for Click'],
  [{ schema: '{' }, 'cannot be read as footfall.Event'],
  [{ schema: '"string"' }, 'not a record'],
])('what is no event’s schema makes its records undecodable: %j', async (answer, detail) => {
  const { url } = await serve(() => [200, answer]);
  const { registry } = registryAt(url);
  expect(detailOf(await registry.resolve(5))).toMatch(/^undecodable: /);
  expect(detailOf(await registry.resolve(5))).toContain(detail);
});

test('empty references and an explicit AVRO are as none', async () => {
  const { url } = await serve(() => [200, { schema: newest.text, schemaType: 'AVRO', references: [] }]);
  expect(await registryAt(url).registry.resolve(5)).toHaveProperty('reader');
});

test('an answer longer than any schema is not read to its end', async () => {
  const { url } = await serve(() => [200, { schema: 'x'.repeat(7_000_000) }]);
  expect(detailOf(await registryAt(url).registry.resolve(5))).toContain(
    'undecodable: schema 5 is longer than',
  );
});

test('an abort ends the wait of its caller only; the last one ends the asking', async () => {
  let answering: (() => void) | undefined;
  const { url } = await serve(inTurn([500, ''], schema));
  const stopped: (AbortSignal | undefined)[] = [];
  const { registry } = registryAt(url, {
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        stopped.push(signal);
        answering = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        waiting.resolve();
      }),
  });
  const waiting = { resolve: () => {}, promise: Promise.resolve() };
  waiting.promise = new Promise(resolve => {
    waiting.resolve = resolve;
  });
  const [a, b] = [new AbortController(), new AbortController()];
  const first = registry.resolve(1, a.signal);
  const second = registry.resolve(1, b.signal);
  await waiting.promise;
  a.abort(new Error('stop a'));
  await expect(first).rejects.toThrow('stop a');
  expect(stopped[0]?.aborted).toBe(false);
  answering?.();
  expect(await second).toHaveProperty('reader');

  const { url: down } = await serve(() => [500, '']);
  const again = registryAt(down, {
    sleep: (_ms, signal) =>
      new Promise((_, reject) => {
        stopped.push(signal);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        b.abort(new Error('stop b'));
      }),
  });
  const c = new AbortController();
  b.signal.addEventListener('abort', () => c.abort(new Error('stop c')));
  await expect(again.registry.resolve(1, c.signal)).rejects.toThrow('stop c');
  expect(stopped.at(-1)?.aborted).toBe(true);
  await expect(again.registry.resolve(1, c.signal)).rejects.toThrow('stop c');
});

test('the cache is bounded; what was asked for last stays', async () => {
  const { url, asked } = await serve(() => schema);
  const { registry } = registryAt(url, { cacheMax: 2 });
  await registry.resolve(1);
  await registry.resolve(2);
  registry.get(1);
  await registry.resolve(3);
  expect([1, 2, 3].map(id => registry.get(id) !== undefined)).toEqual([true, false, true]);
  expect(asked.length).toBe(3);
});

test('many new ids do not become as many requests at once', async () => {
  let now = 0;
  let most = 0;
  const { url } = await serve(() => schema);
  const { registry } = registryAt(url, {
    requestsAtOnceMax: 3,
    fetch: async (input, init) => {
      most = Math.max(most, ++now);
      const response = await fetch(input, init);
      now--;
      return response;
    },
  });
  await Promise.all(Array.from({ length: 30 }, (_, i) => registry.resolve(i + 1)));
  expect(most).toBe(3);
});
