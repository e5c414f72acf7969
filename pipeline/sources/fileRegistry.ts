import { resolve } from 'node:path';
import { type EventFileInfo, inspectEventFile } from '../contract/eventFile.ts';
import { rowEncoder } from '../sink/layout.ts';
import { createRowWriter } from '../sink/rowBinary.ts';
import type { FileRow, Store } from '../sink/store.ts';

/** The one topic of all event files, and its number of partitions, which is fixed: ids of sessions hang on it. */
export const FILES_TOPIC = 'files';
export const FILE_PARTITIONS = 4;

/** A registered file that is to be read, from its first record on. */
export interface FileToRead {
  path: string;
  row: FileRow;
  schema: string;
}

export interface RegisteredFiles {
  /** By base offset; the first may be one that was begun before. */
  toRead: FileToRead[];
  /** Given, but read to its end before. */
  done: Array<{ path: string; row: FileRow }>;
}

const encodeFile = rowEncoder<object, FileRow>('files', []);

/** Told of a file's inspection, which reads all of it. */
export type OnInspected = (path: string, info: EventFileInfo) => void;

/**
 * Inspects the files, then gives each new one its offsets in the topic: its row is written before its first record is
 * folded. A file's identity is its content: given again, under any name, it is not read again.
 * Errors: EventFileError where a file is damaged (none is taken then); an Error where a file that was begun is missing.
 */
export async function registerFiles(options: {
  paths: readonly string[];
  store: Store;
  onInspected?: OnInspected;
}): Promise<RegisteredFiles> {
  const { store } = options;
  const inspected = new Map<string, { path: string; info: EventFileInfo }>();
  for (const path of options.paths.map(p => resolve(p))) {
    const info = await inspectEventFile(path);
    options.onInspected?.(path, info);
    if (!inspected.has(info.contentHash)) inspected.set(info.contentHash, { path, info });
  }
  const known = await store.files();
  const reached = await reachedOffset(store);
  const result: RegisteredFiles = { toRead: [], done: [] };
  for (const row of known) {
    const given = inspected.get(row.content_hash);
    const isDone = Number(row.base_offset + row.records) <= reached;
    if (isDone) {
      if (given !== undefined) result.done.push({ path: given.path, row });
    } else if (given === undefined) {
      throw new Error(
        `${row.name} (SHA-256 ${row.content_hash.slice(0, 12)}…) was begun and not read to its end: give it, too, so that it is finished first`,
      );
    } else {
      result.toRead.push({ path: given.path, row, schema: given.info.schema });
    }
    inspected.delete(row.content_hash);
  }
  let base = known.reduce((end, row) => Math.max(end, Number(row.base_offset + row.records)), 0);
  for (const [contentHash, { path, info }] of inspected) {
    const row: FileRow = {
      content_hash: contentHash,
      name: path,
      base_offset: BigInt(base),
      records: BigInt(info.records),
      first_seen: Date.now(),
    };
    const w = createRowWriter(256);
    encodeFile(w, {}, row);
    await store.insert({ table: 'files', rows: 1, body: w.take() });
    const others = (await store.files()).filter(f => f.base_offset === row.base_offset && f.records > 0n);
    if (others.some(other => other.content_hash !== contentHash)) {
      throw new Error('another replay is registering files at the same time: one after the other');
    }
    result.toRead.push({ path, row, schema: info.schema });
    base += info.records;
  }
  result.toRead.sort((a, b) => Number(a.row.base_offset - b.row.base_offset));
  return result;
}

/** Every partition is written up to here. */
async function reachedOffset(store: Store): Promise<number> {
  const positions = await store.positions(FILES_TOPIC);
  return positions.length === 0 ? 0 : Math.min(...positions.map(p => Number(p.next_offset)));
}
