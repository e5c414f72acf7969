import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { cached } from '../support/java.ts';

// Prometheus's own tool reads the rules and runs their tests.
vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const FOLDER = import.meta.dirname;

/** PROMTOOL, else the one on the path, else that of Debian's package prometheus, unpacked once into .cache: no root. */
async function promtool(args: string[]): Promise<string> {
  const { PROMTOOL: own = 'promtool' } = process.env;
  try {
    return (await run(own, args, { cwd: FOLDER })).stdout;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || process.env.PROMTOOL !== undefined) throw error;
    return (await run(await unpacked(), args, { cwd: FOLDER })).stdout;
  }
}

async function unpacked(): Promise<string> {
  const folder = await cached('promtool', async making => {
    await mkdir(join(making, 'lists/partial'), { recursive: true });
    await mkdir(join(making, 'apt/archives/partial'), { recursive: true });
    const places = [
      `Dir::State::lists=${making}/lists`,
      `Dir::Cache=${making}/apt`,
      'APT::Sandbox::User=root',
    ];
    const options = ['-qq', '-o', 'Debug::NoLocking=1', ...places.flatMap(place => ['-o', place])];
    try {
      await run('apt-get', [...options, 'update']);
      await run('apt-get', [...options, 'download', 'prometheus'], { cwd: making });
      const name = (await readdir(making)).find(file => file.endsWith('.deb')) ?? '';
      await run('dpkg', ['-x', name, 'package'], { cwd: making });
    } catch (cause) {
      throw new Error(
        'The tests need promtool, which comes with Prometheus: install it (Debian: apt-get install --no-install-recommends prometheus), or set PROMTOOL to where it is.',
        { cause },
      );
    }
    await rename(join(making, 'package/usr/bin/promtool'), join(making, 'promtool'));
    for (const rest of await readdir(making))
      if (rest !== 'promtool') await rm(join(making, rest), { recursive: true, force: true });
  });
  return join(folder, 'promtool');
}

it('reads the rules', async () => {
  expect(await promtool(['check', 'rules', '../../dashboards/alerts/pipeline.yml'])).toMatch(
    /SUCCESS: \d\d rules found/,
  );
});

it('fires each rule when it must, and not just below', async () => {
  expect(await promtool(['test', 'rules', 'pipeline.rules.yml'])).toContain('SUCCESS');
});
