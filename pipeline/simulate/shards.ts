import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { createShard, type ShardHour, type ShardOptions } from './shard.ts';
import type { ShardReply, ShardRequest } from './shardThread.ts';
import type { ShopOptions } from './simulate.ts';
import type { TruthPart } from './truth.ts';

/** All shards of a shop, side by side. */
export interface Shards {
  /** Of each shard what arrives in the next hour. Errors: what went wrong in a shard. */
  hour(): Promise<ShardHour[]>;
  /** Of each, what its people were. */
  truth(): Promise<TruthPart[]>;
  /** Ends the threads, whatever they are at. */
  close(): Promise<void>;
}

const SHARDS_MAX = 4;
/** Below, threads take longer to start than they save. */
const VISITORS_A_SHARD = 10_000;
/** Hours that a thread makes before they are asked for: none waits for another that has a busier hour. */
const HOURS_AHEAD = 4;

/** How many shards are fastest here. The bytes are the same with any number. */
export function shardsFor({ visitors }: ShopOptions): number {
  return Math.max(1, Math.min(SHARDS_MAX, availableParallelism(), Math.floor(visitors / VISITORS_A_SHARD)));
}

/** One shard in this thread, or several in a thread each, for so many hours. */
export async function openShards(given: ShopOptions, shards: number, hours: number): Promise<Shards> {
  if (shards === 1) {
    const shard = createShard({ given, part: 0, parts: 1 });
    return {
      hour: async () => [shard.hour()],
      truth: async () => [shard.truth()],
      close: async () => {},
    };
  }
  const code = await bundleThread();
  const threads = Array.from({ length: shards }, (_, part) =>
    startThread(code, { given, part, parts: shards }, hours),
  );
  return {
    hour: () => Promise.all(threads.map(thread => thread.hour())),
    truth: () => Promise.all(threads.map(thread => thread.truth())),
    async close() {
      await Promise.all(threads.map(thread => thread.close()));
    },
  };
}

/** A tenth of a second with its start, where the loader of TypeScript takes half a second in each thread. */
async function bundleThread(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./shardThread.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
    tsconfigRaw: {},
  });
  return outputFiles[0]?.text ?? '';
}

interface Thread {
  hour(): Promise<ShardHour>;
  truth(): Promise<TruthPart>;
  close(): Promise<unknown>;
}

function startThread(code: string, options: ShardOptions, hours: number): Thread {
  // Options of this process, such as a loader, are none of the thread's.
  const worker = new Worker(code, { eval: true, workerData: options, execArgv: [] });
  const open: { resolve: (reply: ShardReply) => void; reject: (error: Error) => void }[] = [];
  let failed: Error | null = null;
  worker.on('message', (reply: ShardReply) => open.shift()?.resolve(reply));
  worker.on('error', fail);
  worker.on('messageerror', fail);
  worker.on('exit', code => fail(new Error(`a thread of the simulation ended with code ${code}`)));

  function fail(error: Error): void {
    failed ??= error;
    for (const { reject } of open.splice(0)) reject(failed);
  }

  function ask(request: ShardRequest): Promise<ShardReply> {
    const reply = new Promise<ShardReply>((resolve, reject) => {
      if (failed === null) open.push({ resolve, reject });
      else reject(failed);
    });
    // Told to whoever waits for it, but perhaps not before it fails.
    reply.catch(() => {});
    worker.postMessage(request);
    return reply;
  }

  const ahead: Promise<ShardReply>[] = [];
  let hoursAsked = 0;
  return {
    async hour() {
      for (; ahead.length < HOURS_AHEAD && hoursAsked < hours; hoursAsked++) ahead.push(ask('hour'));
      const next = ahead.shift();
      if (next === undefined) throw new RangeError(`all ${hours} hours are made`);
      return (await next) as ShardHour;
    },
    truth: async () => (await ask('truth')) as TruthPart,
    close: () => worker.terminate(),
  };
}
