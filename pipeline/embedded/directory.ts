import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Halt } from '../halt.ts';

/** Rises when a data directory of an older Footfall has to be changed before this one can use it. */
export const DATA_VERSION = 1;

/** DIR/server.json: who serves the directory now. Written when it answers, removed when it ends. */
export interface ServerFile {
  pid: number;
  port: number;
  /** The engine's version. */
  version: string;
  startedAt: string;
  /** Sent back by every answer, so that a stale file is told from a living server. */
  instance: string;
}

interface VersionFile {
  dataVersion: number;
  engine: string;
}

/** The data directory is served by another process. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly pid: number | null;
  readonly url: string | null;
  constructor(dataDir: string, pid: number | null, url: string | null, options?: ErrorOptions) {
    const who = pid === null ? 'another process' : `process ${pid}`;
    super(`${dataDir} is in use by ${who}${url === null ? '' : `, at ${url}`}`, options);
    this.pid = pid;
    this.url = url;
  }
}

export const serverFile = (dataDir: string): string => join(dataDir, 'server.json');
const versionFile = (dataDir: string): string => join(dataDir, 'version.json');

/** Where ClickHouse keeps its files. */
export const engineDir = (dataDir: string): string => join(dataDir, 'clickhouse');
/** The engine's configuration, written anew at each start. */
export const configDir = (dataDir: string): string => join(dataDir, 'config');
/** Where requests in flight are kept: emptied at each start. */
export const scratchDir = (dataDir: string): string => join(dataDir, 'tmp');

/** null where there is no such file. Errors: it is there and cannot be read, or is not JSON. */
export async function readJson<T>(file: string): Promise<T | null> {
  const text = await readText(file);
  return text === null ? null : (JSON.parse(text) as T);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all: a reader never sees half a file. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(value)}\n`, { flush: true });
  await rename(draft, file);
}

/** Errors: Halt('data_version') where a newer Footfall or a newer engine wrote the directory. Changes nothing. */
export async function checkVersion(dataDir: string, engine: string): Promise<void> {
  const written = await readJson<VersionFile>(versionFile(dataDir));
  if (written === null) return;
  const newer =
    written.dataVersion > DATA_VERSION
      ? `data version ${written.dataVersion}; this Footfall knows ${DATA_VERSION}`
      : compareVersions(written.engine, engine) > 0
        ? `engine ${written.engine}; this one is ${engine}`
        : null;
  if (newer === null) return;
  throw new Halt(
    'data_version',
    `${dataDir} was written by a newer Footfall (${newer})`,
    'Run the newer Footfall again, or give another directory with --data DIR.',
  );
}

/** Call with the directory locked: notes the versions that have now written into it. */
export async function writeVersion(dataDir: string, engine: string): Promise<void> {
  await writeJson(versionFile(dataDir), { dataVersion: DATA_VERSION, engine } satisfies VersionFile);
}

/**
 * Makes the directory and its parts.
 * Errors: a path that the engine would read as a pattern (an INSERT FROM INFILE would find no file, and say nothing).
 */
export async function makeDirectory(dataDir: string): Promise<void> {
  if (/[*?{}]/.test(dataDir))
    throw new Error(`the path of a data directory may not contain * ? { }: ${dataDir}`);
  for (const part of [engineDir, configDir]) await mkdir(part(dataDir), { recursive: true, mode: 0o700 });
}

/** Call with the directory locked: what a killed server left of requests is nobody's. */
export async function emptyScratch(dataDir: string): Promise<void> {
  await rm(scratchDir(dataDir), { recursive: true, force: true });
  await mkdir(scratchDir(dataDir), { recursive: true, mode: 0o700 });
}

/**
 * The server that serves a directory, or null. A file left by a killed server, its pid or its port since taken by
 * another program, is known by the answer: it must carry the file's `instance`.
 */
export async function findRunning(dataDir: string): Promise<{ url: string; pid: number } | null> {
  const file = await readJson<ServerFile>(serverFile(dataDir));
  if (file === null) return null;
  const url = `http://127.0.0.1:${file.port}`;
  try {
    const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.headers.get('x-footfall-instance') === file.instance ? { url, pid: file.pid } : null;
  } catch (error) {
    // Nobody listens there, or somebody who does not speak HTTP or does not answer: not our server. (Should it be ours
    // after all, the engine's lock still keeps a second one out.)
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return null;
    throw error;
  }
}

/** The living process that holds the engine's lock, from the file that the lock is on; null where there is none. */
export async function engineHolder(dataDir: string): Promise<number | null> {
  const status = await readText(join(engineDir(dataDir), 'status'));
  const pid = Number(/^PID: (\d+)/m.exec(status ?? '')?.[1] ?? 0);
  return pid > 0 && pid !== process.pid && isAlive(pid) ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** By numbers: 26.10 is after 26.7. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(version => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
