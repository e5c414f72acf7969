import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache/cdnow');
const VERSION = '0.11.3';

export interface CdnowOrder {
  customer: string;
  /** YYYY-MM-DD */
  day: string;
  cents: number;
}

/**
 * Every order of the 2,357 customers of CDNOW's published sample, 1997-01-01 to 1998-06-30. The data come with the Python
 * package lifetimes; they are fetched from PyPI by pip once and kept in .cache, never in the repository.
 */
export async function cdnowOrders(): Promise<CdnowOrder[]> {
  const file = join(CACHE, 'lifetimes/datasets/CDNOW_sample.txt');
  if (!existsSync(file)) {
    const making = `${CACHE}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    try {
      await run('python3', [
        '-m',
        'pip',
        'download',
        '--quiet',
        '--no-deps',
        '--only-binary',
        ':all:',
        '--dest',
        making,
        `lifetimes==${VERSION}`,
      ]);
      const wheel = readdirSync(making).find(name => name.endsWith('.whl'));
      if (wheel === undefined) throw new Error('pip downloaded no wheel of lifetimes');
      await run('python3', ['-m', 'zipfile', '-e', join(making, wheel), making]);
      // Of two test processes that fetch at one time the first to be done wins.
      if (!existsSync(CACHE)) renameSync(making, CACHE);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      // Id in the master set, id in the sample, day, CDs, dollars.
      const [, customer = '', day = '', , dollars = ''] = line.trim().split(/\s+/);
      return {
        customer,
        day: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`,
        cents: Math.round(Number(dollars) * 100),
      };
    });
}
