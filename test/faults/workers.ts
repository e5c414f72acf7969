/** Workers as child processes, for tests that end them in every way. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromWorker, Report, ToWorker, WorkerSettings } from './workerChild.ts';

export interface WorkerProcess {
  start(settings: WorkerSettings): void;
  /** The first message, of those that came and those to come, that fits. Errors: the process ended before. */
  message<M extends FromWorker>(fits: (message: FromWorker) => message is M): Promise<M>;
  /** Called for every message from now on. */
  onMessage(take: (message: FromWorker) => void): void;
  report(): Promise<Report>;
  /** Resolves when it has tried to reach Kafka so often in vain, all in all. */
  waits(times: number): Promise<void>;
  /** Lets it write what is whole and end. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** How it ended, with the last failure that it told. */
  readonly ended: Promise<{
    code: number | null;
    signal: NodeJS.Signals | null;
    failed?: { message: string; halt?: string; remedy?: string };
  }>;
}

const living = new Set<WorkerProcess>();

/** Loads a worker that waits for `start`. */
export function loadWorker(): WorkerProcess {
  const child = fork(fileURLToPath(new URL('./workerChild.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const seen: FromWorker[] = [];
  const takers = new Set<(message: FromWorker) => void>();
  let failed: { message: string; halt?: string; remedy?: string } | undefined;
  child.on('message', (message: FromWorker) => {
    if ('failed' in message) failed = message.failed;
    seen.push(message);
    for (const take of takers) take(message);
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = exited.then(([code, signal]) => {
    living.delete(worker);
    return { code, signal, ...(failed === undefined ? {} : { failed }) };
  });
  const send = (message: ToWorker): void => {
    // It may have been killed a moment ago: `ended` tells.
    if (child.connected) child.send(message, () => undefined);
  };
  const worker: WorkerProcess = {
    start: settings => send({ start: settings }),
    async message<M extends FromWorker>(fits: (message: FromWorker) => message is M) {
      const there = seen.find(fits);
      if (there !== undefined) return there;
      let take: (message: FromWorker) => void = () => undefined;
      const found = new Promise<M>(resolve => {
        take = message => {
          if (fits(message)) resolve(message);
        };
        takers.add(take);
      });
      const over = ended.then(({ code, signal, failed: why }) => {
        throw new Error(`the worker ended (${signal ?? code}): ${why?.message ?? 'it told nothing'}`);
      });
      try {
        return await Promise.race([found, over]);
      } finally {
        takers.delete(take);
      }
    },
    onMessage: take => void takers.add(take),
    async report() {
      const before = seen.length;
      send({ report: true });
      const is = (m: FromWorker): m is { report: Report } => 'report' in m && seen.indexOf(m) >= before;
      return (await worker.message(is)).report;
    },
    async waits(times) {
      const isLast = (m: FromWorker): m is { waiting: string } =>
        'waiting' in m && seen.filter(one => 'waiting' in one).length >= times;
      await worker.message(isLast);
    },
    async stop() {
      send({ stop: true });
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    ended,
  };
  living.add(worker);
  return worker;
}

/** A worker that has been started, once it is loaded. */
export function startWorkerProcess(settings: WorkerSettings): WorkerProcess {
  const worker = loadWorker();
  worker.start(settings);
  return worker;
}

/** For `afterEach`: what a failed test left. */
export async function killWorkers(): Promise<void> {
  await Promise.all([...living].map(worker => worker.kill()));
}

/** What is written of each partition, whoever wrote it. */
export interface Progress {
  watch(worker: WorkerProcess): void;
  /** Resolves when at least so many records are below the positions. */
  total(records: number): Promise<void>;
  /** Resolves when every partition is written up to its end. */
  reaches(ends: ReadonlyMap<string, number>): Promise<void>;
}

export const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

export function followProgress(): Progress {
  const written = new Map<string, number>();
  const waiting = new Set<{ met: () => boolean; resolve: () => void }>();
  const until = (met: () => boolean): Promise<void> =>
    new Promise(resolve => {
      if (met()) resolve();
      else waiting.add({ met, resolve });
    });
  return {
    watch: worker =>
      worker.onMessage(message => {
        if (!('written' in message)) return;
        const { topic, partition, next } = message.written;
        const place = placeOf(topic, partition);
        written.set(place, Math.max(written.get(place) ?? 0, next));
        for (const one of waiting) {
          if (!one.met()) continue;
          waiting.delete(one);
          one.resolve();
        }
      }),
    total: records => until(() => [...written.values()].reduce((sum, n) => sum + n, 0) >= records),
    reaches: ends => until(() => [...ends].every(([place, end]) => (written.get(place) ?? 0) >= end)),
  };
}

/** It has been given partitions. */
export const isAssigned = (message: FromWorker): message is { assigned: number } =>
  'assigned' in message && message.assigned > 0;
