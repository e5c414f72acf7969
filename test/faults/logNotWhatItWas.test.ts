import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededLog } from '../oracle/randomLog.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { inRepository } from '../support/java.ts';
import { isReady, type TestKafka, testKafka } from '../support/kafka.ts';
import { type Content, contentsOf, newTopics, openShop, type Shop, startShop } from './shop.ts';
import { followProgress, killWorkers, startWorkerProcess } from './workers.ts';

let clickhouse: TestClickHouse;
let kafka: TestKafka;
beforeAll(async () => {
  [clickhouse, kafka] = await Promise.all([startShop(), testKafka()]);
});

let topic: string;
let shop: Shop;
let contents: Content[];
beforeEach(async () => {
  [topic = ''] = await newTopics(kafka, 'changed', [1]);
  shop = openShop(kafka, [topic], await kafka.producer());
  contents = contentsOf(seededLog(12, 60)).map(content => ({ ...content, topic: 0 }));
});
const commands = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of commands) child.kill('SIGKILL');
  await killWorkers();
});
afterAll(async () => {
  await clickhouse?.stop();
  await kafka?.close();
});

/** `footfall worker`, as it is run in production. `said` grows. */
function workerCommand(): { said: () => string; ended: Promise<number | null>; child: ChildProcess } {
  const child = spawn(process.execPath, [inRepository('pipeline/commands/footfall.mjs'), 'worker'], {
    // A .env file of the repository is nothing to these tests.
    cwd: clickhouse.dataDir,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      PATH: process.env.PATH,
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_TOPICS: topic,
      KAFKA_GROUP: `changed-${randomUUID()}`,
      KAFKA_CHECK_INTERVAL_MS: '300',
      SCHEMA_REGISTRY_URL: 'none',
      CLICKHOUSE_URL: clickhouse.url,
      FLUSH_INTERVAL_MS: '50',
      IDLE_POSITION_MS: '200',
      METRICS_PORT: '0',
      LOG_LEVEL: 'info',
    },
  });
  commands.add(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code]) => {
    commands.delete(child);
    return code as number | null;
  });
  return { said: () => said, ended, child };
}

/** Reads all that is there, so that there is a position, and stops. */
async function readAll(): Promise<void> {
  const worker = startWorkerProcess({
    brokers: kafka.brokers,
    topics: [topic],
    group: `changed-${randomUUID()}`,
    clickhouseUrl: clickhouse.url,
  });
  const progress = followProgress();
  progress.watch(worker);
  await progress.reaches(shop.ends);
  await worker.stop();
}

/** What retention does: the log begins at `offset` from now on. */
async function deleteBefore(offset: number): Promise<void> {
  const admin = await kafka.admin();
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
}

/** Deletes the topic and creates it again, empty. */
async function recreate(): Promise<void> {
  const admin = await kafka.admin();
  await admin.deleteTopics({ topics: [topic] });
  for (;;) {
    try {
      await kafka.createExactTopic(topic);
      return;
    } catch (error) {
      // Deletion is asynchronous.
      const isThere =
        String(error).includes('already exists') || JSON.stringify(error).includes('TOPIC_ALREADY_EXISTS');
      if (!isThere) throw error;
    }
  }
}

async function addPartitions(count: number): Promise<void> {
  const admin = await kafka.admin();
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  while (!(await isReady(admin, topic)));
}

/** Tables of the topic, all rows: what a worker that halts must not have touched. */
async function rowCounts(): Promise<unknown> {
  const answer = await clickhouse.client().query({
    query: ['event_rows', 'session_rows', 'dead_letter_rows', 'ledger_rows']
      .map(
        table =>
          `SELECT '${table}' AS t, count() AS n, max(version) AS v FROM footfall.${table} FINAL WHERE topic = '${topic}'`,
      )
      .join(' UNION ALL '),
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ t: string }>();
  return rows.sort((a, b) => (a.t < b.t ? -1 : 1));
}

/** Exit code 3, what was found, and the command that resolves it, as the last lines on standard error. */
async function expectHalt(
  command: ReturnType<typeof workerCommand>,
  code: string,
  remedy: string,
): Promise<void> {
  const exit = await command.ended;
  const lines = command.said().trimEnd().split('\n');
  expect(exit, command.said()).toBe(3);
  expect(lines.at(-2)).toMatch(new RegExp(`^halted \\(${code}\\): `));
  expect(lines.at(-2)).toContain(topic);
  expect(lines.at(-1)).toContain(`npm run -s footfall -- ${remedy}`);
}

describe('a worker that starts halts with exit code 3, the reason and the remedy, and writes nothing', () => {
  it.each([
    ['shorter than it was', 5],
    ['as long as it was, or longer', 60],
  ])('when its topic was re-created and is %s', async (_, records) => {
    await shop.send(contents.slice(0, 40));
    await readAll();
    const before = await rowCounts();
    await recreate();
    // Nothing of the new log is where it was.
    await shop.send([...contents].reverse().slice(0, records));
    await expectHalt(workerCommand(), 'log_changed', `accept-log ${topic}`);
    expect(await rowCounts()).toEqual(before);
  });

  it('when records were deleted before they were read', async () => {
    await shop.send(contents.slice(0, 20));
    await readAll();
    const before = await rowCounts();
    await shop.send(contents.slice(20));
    await deleteBefore(30);
    await expectHalt(workerCommand(), 'log_lost', `accept-log ${topic} --lost`);
    expect(await rowCounts()).toEqual(before);
  });

  it('when partitions were added', async () => {
    await shop.send(contents.slice(0, 20));
    await readAll();
    const before = await rowCounts();
    await addPartitions(3);
    await shop.send(contents.slice(20));
    await expectHalt(workerCommand(), 'partitions_added', 'accept-partitions');
    expect(await rowCounts()).toEqual(before);
  });

  it('but not when the records that were deleted had been read', async () => {
    await shop.send(contents.slice(0, 40));
    await readAll();
    await deleteBefore(40);
    await shop.send(contents.slice(40));
    await readAll();
  });
});

describe('a worker that runs halts likewise', () => {
  /** Runs the command until it has read what is there. */
  async function running(): Promise<ReturnType<typeof workerCommand>> {
    await shop.send(contents.slice(0, 40));
    const end = [...shop.ends.values()][0] ?? 0;
    const command = workerCommand();
    const failed = command.ended.then(code => {
      throw new Error(`it ended with ${code}:\n${command.said()}`);
    });
    failed.catch(() => undefined);
    const isRead = async (): Promise<boolean> => {
      const answer = await clickhouse.client().query({
        query: `SELECT max(next_offset) AS next FROM footfall.positions WHERE topic = '${topic}'`,
        format: 'JSONEachRow',
      });
      return Number((await answer.json<{ next: string }>())[0]?.next) >= end;
    };
    while (!(await Promise.race([isRead(), failed])));
    return command;
  }

  it('when its topic is re-created', async () => {
    const command = await running();
    await recreate();
    await shop.send([...contents].reverse());
    await expectHalt(command, 'log_changed', `accept-log ${topic}`);
  });

  it('when partitions are added', async () => {
    const command = await running();
    await addPartitions(2);
    await expectHalt(command, 'partitions_added', 'accept-partitions');
  });
});
