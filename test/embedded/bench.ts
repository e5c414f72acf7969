// Rows a second that the embedded ClickHouse takes and gives over HTTP:  npx tsx test/embedded/bench.ts
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { startTestClickHouse } from '../support/clickhouse.ts';

const ROWS = 200_000;
const BATCHES = 5;

/** One row of event_rows' kind and size: ids, a time, a few strings, numbers; about 160 bytes. */
function batch(n: number): Buffer {
  const out = Buffer.alloc(ROWS * 256);
  let at = 0;
  const text = (value: string): void => {
    at = out.writeUInt8(value.length, at);
    at += out.write(value, at, 'latin1');
  };
  for (let i = 0; i < ROWS; i++) {
    const id = n * ROWS + i;
    at = out.writeBigInt64LE(BigInt(1_795_000_000_000 + id), at);
    at = out.writeBigUInt64LE(BigInt(id), at);
    text(`event-${id}-0123456789abcdef`);
    text(['page_view', 'view_item', 'add_to_cart'][id % 3] ?? '');
    text(`visitor-${id % 5_000}`);
    text(`https://shop.example/products/${id % 999}?utm_source=x`);
    text('CN');
    at = out.writeBigInt64LE(BigInt(id % 10_000), at);
  }
  return out.subarray(0, at);
}

const server = await startTestClickHouse();
const client = server.client();
await client.command({
  query: `CREATE TABLE bench (at DateTime64(3, 'UTC'), offset UInt64, event_id String, event_name LowCardinality(String),
    visitor_id String, page String, country LowCardinality(String), value Int64)
    ENGINE = ReplacingMergeTree ORDER BY (visitor_id, at, event_id)`,
});
const batches = Array.from({ length: BATCHES }, (_, n) => batch(n));
const bytes = batches.reduce((sum, one) => sum + one.byteLength, 0);
const cpu = async (): Promise<number> => {
  const fields = (await readFile(`/proc/${server.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const told = async (name: string, rows: number, work: () => Promise<unknown>): Promise<void> => {
  const [cpuBefore, before] = [await cpu(), performance.now()];
  await work();
  const seconds = (performance.now() - before) / 1000;
  const busy = (await cpu()) - cpuBefore;
  console.log(
    `${name}: ${Math.round(rows / seconds).toLocaleString()} rows/s (${Math.round(rows / busy).toLocaleString()} per CPU second of the server)`,
  );
};
console.log(`${Math.round(bytes / ROWS / BATCHES)} bytes a row, ${ROWS} rows an insert`);
await told('insert RowBinary', ROWS * BATCHES, async () => {
  for (const values of batches) {
    const query = 'INSERT INTO bench FORMAT RowBinary';
    const { stream } = await client.exec({ query, values: Readable.from([values], { objectMode: false }) });
    stream.resume();
  }
});
for (const format of ['JSONEachRow', 'TabSeparated'] as const) {
  await told(`select ${format}`, ROWS * BATCHES, async () => {
    const found = await client.query({ query: 'SELECT * FROM bench', format });
    for await (const _ of found.stream());
  });
}
await server.stop();
