// Pictures of every dashboard, narrow and wide, light and dark: node --import tsx test/browser/screenshots.ts [DATA [WORD]]
// DATA: a directory that a demo has filled (default: .footfall); WORD: only dashboards whose uid has it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from '../../pipeline/embedded/start.ts';
import { startPreview } from '../../pipeline/preview/server.ts';
import { openBrowser, settled, wholePage } from './browser.ts';

const [data = '.footfall', word = ''] = process.argv.slice(2);
const folder = join(import.meta.dirname, '../../.cache/screenshots');
await mkdir(folder, { recursive: true });
const database = await openEmbedded(data);
const preview = await startPreview({ clickhouseUrl: database.url, port: 0 });
const browser = await openBrowser();
const QUESTION =
  'SELECT channel, count() AS sessions, sum(orders) AS orders\nFROM sessions\nGROUP BY channel\nORDER BY sessions DESC';
try {
  const { dashboards } = (await (await fetch(`${preview.url}/api/dashboards`)).json()) as {
    dashboards: { uid: string }[];
  };
  const pages = [
    ...dashboards.map(({ uid }) => ({ name: uid, path: `/d/${uid}` })),
    { name: 'console', path: `/console?sql=${encodeURIComponent(QUESTION)}` },
  ];
  const page = await browser.newPage();
  for (const { name, path } of pages.filter(one => one.name.includes(word))) {
    await page.setViewportSize({ width: 1600, height: 900 });
    await page.goto(preview.url + path);
    if (name === 'console') await page.locator('.answer[data-state=ready]').waitFor();
    else await settled(page);
    // The answers stay: only the drawing is another.
    for (const width of [1600, 390]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await wholePage(page, width);
        const file = join(folder, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, animations: 'disabled' });
        process.stdout.write(`${file}\n`);
      }
    }
  }
} finally {
  await browser.close();
  await preview.stop();
  await database.close();
}
