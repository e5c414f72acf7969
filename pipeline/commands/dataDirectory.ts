import { existsSync } from 'node:fs';
import { UsageError } from '../usageError.ts';

/** Where `demo` keeps its data, and so where the other commands look for it. */
export const DEFAULT_DATA_DIR = '.footfall';

/** Errors: UsageError where nothing is there; a directory is not made just to be read. */
export function existingDirectory(dataDir: string): string {
  if (!existsSync(dataDir)) {
    throw new UsageError(`--data: there is no directory ${dataDir}; demo and replay make one`);
  }
  return dataDir;
}
