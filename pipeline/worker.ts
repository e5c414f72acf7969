import { runPartition, type WorkerOptions } from './partitionLoop.ts';
import { LOGIC_VERSION } from './restore.ts';
import { createGaps } from './siteGaps.ts';
import type { Assignment } from './sources/source.ts';
import { ensurePositions } from './topicPositions.ts';

export interface Worker {
  /** Resolves when a source that ends is read and written to its end, or after `stop`. Rejects with what ended it. */
  done: Promise<void>;
  /** Flushes what is whole, within `stopMs`, and ends. */
  stop(): Promise<void>;
  /** Are all assigned partitions restored and reading? */
  ready(): boolean;
}

/**
 * Takes the partitions that the source assigns, each with a loop of its own (partitionLoop.ts); the loops run side by side.
 * A new assignment ends the loops of the one before it and restores every partition anew.
 */
export function startWorker(options: WorkerOptions): Worker {
  const { source, log, metrics, workerLimits } = options;
  const gaps = createGaps({
    store: options.store,
    sitesMax: options.limits.sitesMax,
    pinned: () => options.at?.('gap_pinned'),
  });
  metrics.bufferBytesMax.set(workerLimits.bufferBytesMax);
  metrics.sessionsHeldMax.set(options.limits.sessionsMax);
  const stopping = new AbortController();
  let running: { abort: AbortController; ended: Promise<void>; ready: Set<string>; streams: number } | null =
    null;
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // `stop` and `done` both see a failure; neither is the only one to be awaited.
  done.catch(() => undefined);
  let changes = Promise.resolve();

  function fail(error: unknown): void {
    stopping.abort();
    running?.abort.abort();
    settle?.reject(error);
  }

  async function take(assignment: Assignment): Promise<void> {
    if (running !== null) {
      running.abort.abort();
      await running.ended;
    }
    if (stopping.signal.aborted) return;
    options.at?.('assigned');
    const abort = new AbortController();
    const ready = new Set<string>();
    log.info({ assignment: assignment.number, partitions: assignment.streams }, 'assigned');
    const all = await source.streams();
    const positions = await ensurePositions({
      source,
      store: options.store,
      streams: all,
      logicVersion: LOGIC_VERSION,
    });
    options.at?.('positions_written');
    const ended = Promise.all(
      assignment.streams.map(stream =>
        runPartition({
          ...options,
          stream,
          positions,
          partitions: all.filter(s => s.topic === stream.topic).length,
          gaps,
          signal: abort.signal,
          restored: () => ready.add(`${stream.topic}-${stream.partition}`),
          failed: fail,
        }).catch(error => {
          // Waiting for a registry ends with the assignment: that is no failure.
          if (error !== abort.signal.reason) fail(error);
        }),
      ),
    ).then(() => undefined);
    running = { abort, ended, ready, streams: assignment.streams.length };
    if (!source.endless) {
      await ended;
      settle?.resolve();
    }
  }

  source
    .start(assignment => {
      metrics.rebalances.inc();
      running?.abort.abort();
      changes = changes.then(() => take(assignment)).catch(fail);
    })
    .catch(fail);

  return {
    done,
    ready: () => running !== null && running.ready.size === running.streams,
    async stop() {
      stopping.abort();
      running?.abort.abort();
      const late = setTimeout(
        () =>
          log.warn({ stopMs: workerLimits.stopMs }, 'stop takes too long: what is not written is read again'),
        workerLimits.stopMs,
      );
      await Promise.race([
        changes.then(() => running?.ended),
        new Promise<void>(resolve => setTimeout(resolve, workerLimits.stopMs).unref()),
      ]);
      clearTimeout(late);
      await source.stop();
      settle?.resolve();
      await done;
    },
  };
}
