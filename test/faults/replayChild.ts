/** Replays event files and kills itself when so many of their records have been read; for replayAgain.test.ts. */
import pino from 'pino';
import { embeddedClient } from '../../pipeline/commands/clickhouse.ts';
import { replayFiles } from '../../pipeline/replay.ts';

export interface ReplaySettings {
  clickhouseUrl: string;
  paths: string[];
  killAtRecords: number;
}

const { clickhouseUrl, paths, killAtRecords }: ReplaySettings = JSON.parse(process.argv[2] ?? '{}');
await replayFiles({
  client: embeddedClient(clickhouseUrl),
  database: 'footfall',
  paths,
  log: pino({ level: 'silent' }),
  // Flushes all along: the positions are in the middle of a file, and behind some rows.
  workerLimits: { flushIntervalMs: 0, bufferBytesMax: 2_000, foldRecordsMax: 5 },
  onProgress(records) {
    if (records >= killAtRecords) process.kill(process.pid, 'SIGKILL');
  },
});
throw new Error(`the files ended before ${killAtRecords} records`);
