import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Halt, type HaltCode } from '../halt.ts';
import { DirectoryInUse, findRunning, type ServerFile } from './directory.ts';
import { UV_THREADS } from './limits.ts';

export { DirectoryInUse, findRunning } from './directory.ts';

/** What the child tells, once. */
export type FromServer =
  | { ready: ServerFile }
  | {
      failed:
        | { kind: 'in_use'; pid: number | null; url: string | null }
        | { kind: 'halt'; code: HaltCode; message: string; remedy: string }
        | { kind: 'error'; message: string };
    };

export interface EmbeddedOptions {
  dataDir: string;
  /** 0: any free one. */
  port: number;
  /** Gets the child's log, line by line (JSON); standard error where left out. */
  log?: (line: string) => void;
  /** null or left out: none needed; only this machine can connect. */
  passwords?: { default?: string | null; reader?: string | null };
}

export interface Embedded {
  url: string;
  port: number;
  pid: number;
  /** Waits for queries that run, then ends it. Twice is once. */
  stop(): Promise<void>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts the embedded ClickHouse as a child process and waits until it answers. It ends with this process.
 * Errors: DirectoryInUse; Halt('data_version'); Error where it cannot start, such as a port that is taken.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const program = fileURLToPath(new URL('./server.ts', import.meta.url));
  const { CLICKHOUSE_PASSWORD: _, CLICKHOUSE_READER_PASSWORD: __, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      program,
      '--data',
      resolve(options.dataDir),
      '--port',
      String(options.port),
    ],
    {
      stdio: ['ignore', 'ignore', options.log === undefined ? 'inherit' : 'pipe', 'ipc'],
      env: {
        ...environment,
        TZ: 'UTC',
        UV_THREADPOOL_SIZE: String(UV_THREADS),
        CLICKHOUSE_PASSWORD: options.passwords?.default ?? '',
        CLICKHOUSE_READER_PASSWORD: options.passwords?.reader ?? '',
      },
    },
  );
  if (options.log !== undefined) eachLine(child, options.log);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(done => {
    child.once('exit', (code, signal) => done({ code, signal }));
  });
  const message = await new Promise<FromServer>((told, failed) => {
    child.once('message', told as (message: unknown) => void);
    child.once('error', failed);
    exited.then(({ code, signal }) =>
      failed(new Error(`the embedded ClickHouse ended at its start (${signal ?? code})`)),
    );
  });
  if ('failed' in message) {
    await exited;
    const { failed } = message;
    if (failed.kind === 'in_use') throw new DirectoryInUse(options.dataDir, failed.pid, failed.url);
    if (failed.kind === 'halt') throw new Halt(failed.code, failed.message, failed.remedy);
    throw new Error(`the embedded ClickHouse did not start: ${failed.message}`);
  }
  // Nobody has to wait for it to end: it ends with us.
  child.unref();
  child.channel?.unref();
  const { port, pid } = message.ready;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    async stop() {
      child.ref();
      child.kill('SIGTERM');
      await exited;
    },
    exited,
  };
}

/**
 * The ClickHouse of a data directory: the one that runs, left running, or one started until `close`.
 * Errors: as startEmbedded.
 */
export async function openEmbedded(dataDir: string): Promise<{ url: string; close(): Promise<void> }> {
  const running = await findRunning(dataDir);
  if (running !== null) return { url: running.url, close: async () => undefined };
  const own = await startEmbedded({ dataDir, port: 0 });
  return { url: own.url, close: own.stop };
}

function eachLine(child: ChildProcess, take: (line: string) => void): void {
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}
