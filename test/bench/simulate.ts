/**
 * Measures how fast a shop's history is written to event files by one process, and what memory it takes.
 * Run by hand: node --import tsx test/bench/simulate.ts [visitors] [days]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHistory } from '../../pipeline/simulate/files.ts';
import { createShop, type ShopOptions } from '../../pipeline/simulate/simulate.ts';

const visitors = Number(process.argv[2] ?? 60_000);
const days = Number(process.argv[3] ?? 90);

async function run(given: ShopOptions, title: string): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'simulate-bench-'));
  try {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const written = await writeHistory({ shop: createShop(given), given, out });
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { records } = written.counts;
    const bytes = written.files.reduce((sum, file) => sum + file.bytes, 0);
    const cpuSeconds = (user + system) / 1e6;
    console.log(
      `${title}: ${records} events, ${Math.round(bytes / records)} bytes each compressed; ` +
        `${Math.round(records / seconds)} a second, ${Math.round(records / cpuSeconds)} a CPU second of all threads; ` +
        `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB resident`,
    );
  } finally {
    await rm(out, { recursive: true });
  }
}

const given: ShopOptions = { seed: 'bench', visitors, start: Date.UTC(2026, 6, 1), days };
await run({ ...given, visitors: Math.ceil(visitors / 10), days: Math.ceil(days / 10) }, 'warming up');
await run(given, `${visitors} visitors in ${days} days`);
