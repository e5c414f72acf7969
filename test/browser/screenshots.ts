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
try {
  const { dashboards } = (await (await fetch(`${preview.url}/api/dashboards`)).json()) as {
    dashboards: { uid: string }[];
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1600, 390]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await context.newPage();
      for (const { uid } of dashboards.filter(one => one.uid.includes(word))) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(`${preview.url}/d/${uid}`);
        await settled(page);
        await wholePage(page, width);
        const file = join(folder, `${uid}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, animations: 'disabled' });
        process.stdout.write(`${file}\n`);
      }
      if ('console'.includes(word)) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(
          `${preview.url}/console?sql=${encodeURIComponent('SELECT channel, count() AS sessions, sum(orders) AS orders\nFROM sessions\nGROUP BY channel\nORDER BY sessions DESC')}`,
        );
        await page.locator('.answer[data-state=ready]').waitFor();
        await page.screenshot({ path: join(folder, `console-${width}-${colorScheme}.png`) });
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await preview.stop();
  await database.close();
}
