import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createShard, type ShardHour, type ShardOptions } from './shard.ts';
import type { TruthPart } from './truth.ts';

/** What a shard's thread is asked for, and what it answers, in the same order. An error ends the thread. */
export type ShardRequest = 'hour' | 'truth';
export type ShardReply = ShardHour | TruthPart;

function serve(port: MessagePort, options: ShardOptions): void {
  const shard = createShard(options);
  port.on('message', (request: ShardRequest) => {
    port.postMessage(request === 'truth' ? shard.truth() : shard.hour());
  });
}

if (parentPort !== null) serve(parentPort, workerData as ShardOptions);
