/**
 * `npm run bench`: what the pipeline does in a CPU second, step by step and as a whole, beside the least that any Node
 * consumer must do (kafkajs fetch, avsc decode), measured side by side in one run on a real Kafka and the embedded ClickHouse.
 */
import { spawn } from 'node:child_process';
import { createClient } from '@clickhouse/client';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import { testKafka } from '../support/kafka.ts';
import { stopOwnServices } from '../support/shared.ts';
import { LOAD } from './events.ts';
import { cpuOf, fetchAndDecode, produce, type Spent, type Target, wholeWorker } from './pipeline.ts';
import { benchSimulate, type Simulated, tellSimulated } from './simulate.ts';
import { benchHeap, benchSteps } from './steps.ts';

/** Each measurement has a process of its own, so that none pays for another's garbage. */
function inChild<T>(part: string, argument: unknown): Promise<T> {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--max-old-space-size=8192',
      '--import',
      'tsx',
      import.meta.filename,
      part,
      JSON.stringify(argument),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let out = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', code =>
      code === 0 ? resolve(JSON.parse(out) as T) : reject(new Error(`${part} ended with ${code}`)),
    );
  });
}

const PARTS: Record<string, (argument: never) => unknown> = {
  steps: () => benchSteps(500_000),
  heap: () => benchHeap(1_000_000),
  simulate: () => benchSimulate(),
  produce: (target: Target) => produce(target),
  fetch: (target: Target) => fetchAndDecode(target),
  worker: ({ target, url }: { target: Target; url: string }) => wholeWorker(target, url),
};

function tell(name: string, rate: number, beside: number): void {
  const text = Math.round(rate).toLocaleString('en-US').padStart(10);
  process.stdout.write(`${name.padEnd(46)}${text}  ${(rate / beside).toFixed(2).padStart(5)}\n`);
}

async function main(): Promise<void> {
  process.stderr.write('simulating a shop of 90 days\n');
  // First, while nothing else runs.
  process.stdout.write(tellSimulated(await inChild<Simulated>('simulate', {})));
  const kafka = await testKafka();
  const clickhouse = await startTestClickHouse();
  const client = createClient({ url: clickhouse.url });
  await migrateDatabase({ client, database: 'footfall' });
  const topic = await kafka.createTopic('bench', { partitions: LOAD.partitions });
  const target: Target = { brokers: kafka.brokers, topic };
  process.stderr.write(
    `producing ${LOAD.events.toLocaleString('en-US')} events of ${LOAD.visitors.toLocaleString('en-US')} visitors\n`,
  );
  await inChild('produce', target);
  process.stderr.write('measuring\n');
  const fetched = await inChild<Spent>('fetch', target);
  const clickhouseBefore = cpuOf(clickhouse.pid);
  const worker = await inChild<Spent>('worker', { target, url: clickhouse.url });
  const clickhouseSeconds = cpuOf(clickhouse.pid) - clickhouseBefore;
  const [{ rows } = { rows: '' }] = await (
    await client.query({
      query: 'SELECT toString(count()) AS rows FROM footfall.events',
      format: 'JSONEachRow',
    })
  ).json<{ rows: string }>();
  if (Number(rows) !== LOAD.events) throw new Error(`${rows} events in ClickHouse, not ${LOAD.events}`);
  const steps = await inChild<ReturnType<typeof benchSteps>>('steps', {});
  const heap = await inChild<ReturnType<typeof benchHeap>>('heap', {});

  const rate = (s: Spent): number => s.events / s.cpuSeconds;
  process.stdout.write(`${''.padEnd(46)}${'events per'.padStart(10)}  beside\n`);
  process.stdout.write(`${''.padEnd(46)}${'CPU second'.padStart(10)}  fetch + decode\n`);
  tell('kafkajs fetch + avsc decode alone', rate(fetched), rate(fetched));
  tell('decode, guarded', steps.decode, rate(fetched));
  tell('judge: validate, channel, device', steps.judge, rate(fetched));
  tell('fold: duplicates, sessions, cells, ledger', steps.fold, rate(fetched));
  tell('encode: RowBinary', steps.encode, rate(fetched));
  tell('the whole worker', rate(worker), rate(fetched));
  tell(
    'the whole worker and ClickHouse',
    worker.events / (worker.cpuSeconds + clickhouseSeconds),
    rate(fetched),
  );
  process.stdout.write(
    `the whole worker took ${worker.wallSeconds.toFixed(1)} s for ${LOAD.events.toLocaleString('en-US')} events\n`,
  );
  process.stdout.write(
    `an open session, at a million: ${heap.heap} bytes of heap, ${heap.outside} outside it\n`,
  );
  await client.close();
  await clickhouse.stop();
  await kafka.close();
  await stopOwnServices();
}

const [part, argument] = process.argv.slice(2);
if (part === undefined) {
  await main();
} else {
  const run = PARTS[part];
  if (run === undefined) throw new Error(`no part ${part}`);
  process.stdout.write(JSON.stringify((await run(JSON.parse(argument ?? '{}') as never)) ?? null));
}
