// The child process that is the database: ClickHouse in process (chdb) behind its HTTP interface, on 127.0.0.1 only.
//   node --import tsx pipeline/embedded/server.ts --data DIR --port N
// Passwords come by environment (CLICKHOUSE_PASSWORD, CLICKHOUSE_READER_PASSWORD), never by argument, which all can see.
// It ends on SIGTERM, and when the process that started it ends, however that ends.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { version as chdbVersion } from 'chdb';
import { pino } from 'pino';
import { Halt } from '../halt.ts';
import {
  checkVersion,
  DirectoryInUse,
  engineHolder,
  findRunning,
  makeDirectory,
  type ServerFile,
  serverFile,
  writeJson,
  writeVersion,
} from './directory.ts';
import { type Engine, openEngine } from './engine.ts';
import { createFront } from './http.ts';
import type { FromServer } from './start.ts';

/** An insert of the largest batch takes seconds; whoever waits longer for us may kill us. */
const STOP_MS_MAX = 30_000;
/** How long a stop waits for reads, which nothing is lost with. */
const READS_MS_MAX = 3_000;

const stderr = pino.destination(2);
// The reader of our log may be the parent whose end we are just cleaning up after.
stderr.on('error', () => undefined);
const log = pino({ name: 'clickhouse', level: process.env.LOG_LEVEL ?? 'info' }, stderr);
const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string', default: '8123' } },
});
if (values.data === undefined) {
  process.stderr.write('use: server.ts --data DIR [--port N]\n');
  process.exit(2);
}
const dataDir = resolve(values.data);
const passwords = {
  default: process.env.CLICKHOUSE_PASSWORD || null,
  reader: process.env.CLICKHOUSE_READER_PASSWORD || null,
};

/** Resolves when it has been handed over, or when there is nobody to tell. */
function tell(message: FromServer): Promise<void> {
  return new Promise(done => (process.send === undefined ? done() : process.send(message, () => done())));
}

async function open(engineVersion: string): Promise<Engine> {
  await makeDirectory(dataDir);
  await checkVersion(dataDir, engineVersion);
  const running = await findRunning(dataDir);
  if (running !== null) throw new DirectoryInUse(dataDir, running.pid, running.url);
  try {
    return await openEngine(dataDir);
  } catch (error) {
    // The engine says 'Cannot lock file' on standard error only; its status file says who holds the lock.
    const holder = await engineHolder(dataDir);
    throw holder === null ? error : new DirectoryInUse(dataDir, holder, null, { cause: error });
  }
}

async function main(): Promise<void> {
  const engineVersion = chdbVersion().libchdb.replaceAll('"', '');
  const engine = await open(engineVersion);
  await writeVersion(dataDir, engineVersion);
  const instance = randomUUID();
  const front = createFront({
    engine,
    passwords,
    version: engineVersion,
    instance,
    log: (line, message) => log.error(line, message),
  });
  await new Promise<void>((done, failed) => {
    front.server.once('error', failed);
    front.server.listen(Number(values.port), '127.0.0.1', done);
  });
  const { port } = front.server.address() as AddressInfo;
  const file: ServerFile = {
    pid: process.pid,
    port,
    version: engineVersion,
    startedAt: new Date().toISOString(),
    instance,
  };
  await writeJson(serverFile(dataDir), file);

  let stopping = false;
  async function stop(why: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.debug({ why }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    front.server.close();
    setTimeout(front.cutReads, READS_MS_MAX).unref();
    front.server.closeIdleConnections();
    await front.idle();
    front.server.closeAllConnections();
    await engine.close();
    await rm(serverFile(dataDir), { force: true });
    process.exit(0);
  }
  process.on('SIGTERM', () => void stop('SIGTERM'));
  if (process.send === undefined) process.on('SIGINT', () => void stop('SIGINT'));
  else {
    // Ctrl-C reaches the whole group: the parent still has rows to write, and stops us when it has.
    process.on('SIGINT', () => undefined);
    process.on('disconnect', () => void stop('the process that started this one ended'));
    if (!process.connected) void stop('the process that started this one ended');
  }
  await tell({ ready: file });
  log.debug({ port, dataDir }, 'ready');
}

main().catch(async (error: unknown) => {
  const failed =
    error instanceof DirectoryInUse
      ? ({ kind: 'in_use', pid: error.pid, url: error.url } as const)
      : error instanceof Halt
        ? ({ kind: 'halt', code: error.code, message: error.message, remedy: error.remedy } as const)
        : ({ kind: 'error', message: error instanceof Error ? error.message : String(error) } as const);
  log.error({ err: error }, 'the embedded ClickHouse did not start');
  await tell({ failed });
  process.exit(error instanceof Halt ? 3 : 1);
});
