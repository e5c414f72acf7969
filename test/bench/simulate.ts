/**
 * Measures how fast one process writes a shop's history to event files, as `footfall simulate` does, and what memory it takes: part of
 * `npm run bench`, and by hand: node --import tsx test/bench/simulate.ts [visitors] [days]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHistory } from '../../pipeline/simulate/files.ts';
import { createShop, type ShopOptions } from '../../pipeline/simulate/simulate.ts';

export interface Simulated {
  events: number;
  wallSeconds: number;
  /** Of all threads: those that make events, and those that compress blocks. */
  cpuSeconds: number;
  bytesEach: number;
  /** Most memory that was resident, MiB. */
  residentMib: number;
}

/** A history of so many visitors and days, after a smaller one that warms the engine up. */
export async function benchSimulate({
  visitors = 60_000,
  days = 90,
}: {
  visitors?: number;
  days?: number;
} = {}): Promise<Simulated> {
  const given: ShopOptions = { seed: 'bench', visitors, start: Date.UTC(2026, 6, 1), days };
  await write({ ...given, visitors: Math.ceil(visitors / 10), days: Math.ceil(days / 10) });
  return write(given);
}

async function write(given: ShopOptions): Promise<Simulated> {
  const out = await mkdtemp(join(tmpdir(), 'simulate-bench-'));
  try {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const written = await writeHistory({ shop: createShop(given), given, out });
    const wallSeconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const events = written.counts.records;
    return {
      events,
      wallSeconds,
      cpuSeconds: (user + system) / 1e6,
      bytesEach: Math.round(written.files.reduce((sum, file) => sum + file.bytes, 0) / events),
      residentMib: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

export function tellSimulated({
  events,
  wallSeconds,
  cpuSeconds,
  bytesEach,
  residentMib,
}: Simulated): string {
  const rounded = (n: number): string => Math.round(n).toLocaleString('en-US');
  return (
    `footfall simulate, one process: ${rounded(events / wallSeconds)} events a second ` +
    `(${rounded(events / cpuSeconds)} a CPU second of all its threads) over ${rounded(events)} events, ` +
    `${bytesEach} bytes each; at most ${residentMib} MiB resident\n`
  );
}

if (process.argv[1] === import.meta.filename) {
  const [visitors, days] = process.argv.slice(2).map(Number);
  const asked = { ...(visitors === undefined ? {} : { visitors }), ...(days === undefined ? {} : { days }) };
  process.stdout.write(tellSimulated(await benchSimulate(asked)));
}
