import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../../pipeline/readout/page.ts';
import { HOSTILE, type SampleOptions, sampleReadout } from '../commands/readoutSample.ts';
import { openBrowser } from './browser.ts';

/** PICTURES=DIR keeps a picture of every page that is opened. */
const { PICTURES } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MADE_AT = new Date(Date.UTC(2026, 10, 22, 22, 30));
const SAMPLES: Record<string, SampleOptions> = {
  ship: {},
  'do-not-read': { failing: ['sample_ratio', 'multiple_variations'] },
  running: {
    ended: false,
    verdict: 'keep running',
    reason: 'nothing certain yet; about 28 more days at this pace to see the smallest lift worth knowing',
  },
  'do-not-ship': {
    variations: ['old', 'new'],
    verdict: 'do not ship',
    reason: 'the primary metric is worse',
  },
  empty: {
    empty: true,
    ended: false,
    verdict: 'keep running',
    reason: 'only 0 people of the primary metric count in an arm; 100 are needed',
  },
  long: {
    experiment: 'experiment_'.repeat(14),
    variations: ['control', 'v'.repeat(80)],
    metrics: ['m'.repeat(120), 'n'.repeat(60), 'o'],
    dimension: 'd'.repeat(200),
  },
  hostile: {
    experiment: HOSTILE.experiment,
    variations: ['control', HOSTILE.variation],
    metrics: [HOSTILE.metric, 'b', 'c'],
    dimension: HOSTILE.dimension,
  },
};
const NAMES = Object.keys(SAMPLES);

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footfall-readout-'));
  for (const [name, options] of Object.entries(SAMPLES))
    await writeFile(join(folder, `${name}.html`), pageOf(sampleReadout(options), { madeAt: MADE_AT }));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a page, and tells what it complained of and what else it asked for. */
async function open(
  name: string,
  options: BrowserContextOptions,
): Promise<{ page: Page; complaints: string[]; requests: string[]; close(): Promise<void> }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => requests.push(request.url()));
  const url = pathToFileURL(join(folder, `${name}.html`)).href;
  await page.goto(url);
  if (PICTURES !== undefined)
    await page.screenshot({
      path: join(PICTURES, `readout-${name}-${options.viewport?.width}-${options.colorScheme}.png`),
      fullPage: true,
    });
  return {
    page,
    complaints,
    requests: requests.filter(one => one !== url && !one.startsWith('data:')),
    close: () => context.close(),
  };
}

/** What runs in the page is text: these types are Node's. */
const SCROLL_WIDTH = 'document.documentElement.scrollWidth';
const UNFOLD = 'for (const one of document.querySelectorAll("details")) one.open = true';
/** Elements whose right edge lies outside the page; tables of many columns may scroll in their frame. */
const OUTSIDE = `[...document.body.querySelectorAll('*')]
  .filter(element => !(element instanceof SVGElement) || element.matches('svg:not(svg svg)'))
  .filter(element => element.closest('[hidden], .wide') === null)
  .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(element => element.tagName + ' ' + element.textContent.slice(0, 40))`;
/** On paper nothing scrolls. */
const CUT = `[...document.querySelectorAll('table, pre, svg.course')]
  .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(element => element.className.baseVal ?? (element.className || element.tagName))`;
/** Where the first interval is drawn, px. */
const DRAWN = `(() => {
  const svg = document.querySelector('table.forests svg.forest');
  const middle = selector => {
    const box = svg.querySelector(selector).getBoundingClientRect();
    return box.left + box.width / 2;
  };
  const range = svg.querySelector('.range.plain').getBoundingClientRect();
  return { zero: middle('.zero'), dot: middle('.dot'), low: range.left, high: range.right };
})()`;
/** Tries what somebody would who got markup into the page, and tells what was refused. */
const ATTACK = `(async () => {
  const told = [];
  document.addEventListener('securitypolicyviolation', event => told.push(event.effectiveDirective));
  const script = document.createElement('script');
  script.textContent = 'document.title = "taken over"';
  document.body.append(script);
  const style = document.createElement('style');
  style.textContent = '* { display: none }';
  document.head.append(style);
  const image = new Image();
  const failed = new Promise(done => image.addEventListener('error', done));
  image.src = 'https://example.com/seen.png';
  await failed;
  return told;
})()`;

describe.each(['light', 'dark'] as const)('%s', colorScheme => {
  it.each(NAMES)('%s: on a phone and on a desk, quiet, whole and readable by everyone', async name => {
    for (const width of [390, 1280]) {
      const { page, complaints, requests, close } = await open(name, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      expect(await page.evaluate(SCROLL_WIDTH)).toBeLessThanOrEqual(width);
      expect(await page.evaluate(OUTSIDE)).toEqual([]);
      // Everything unfolded is read, too.
      await page.evaluate(UNFOLD);
      expect(await page.evaluate(SCROLL_WIDTH)).toBeLessThanOrEqual(width);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate<AxeResults>(
        'axe.run(document, { resultTypes: ["violations"] })',
      );
      expect(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(node => node.html)])).toEqual([]);
      expect([complaints, requests]).toEqual([[], []]);
      await close();
    }
  });
});

it('says in its first lines what to do', async () => {
  const { page, close } = await open('ship', { viewport: { width: 390, height: 800 } });
  const verdict = page.getByRole('region', { name: 'Ship bar' });
  expect((await verdict.boundingBox())?.y).toBeLessThan(120);
  expect(await verdict.textContent()).toContain('from 6.41 % to 8.23 %'.replaceAll(' %', '\u202f%'));
  await close();
});

it('puts failing checks before the numbers', async () => {
  const { page, close } = await open('do-not-read', { viewport: { width: 1280, height: 900 } });
  const headings = await page.locator('h2').allTextContents();
  expect(headings.slice(0, 3)).toEqual([
    'Do not read these results',
    'May it be read?',
    'How much better or worse is each variation?',
  ]);
  expect(await page.locator('.checks tbody tr').first().textContent()).toContain('✕ fails');
  const said = await page.getByRole('region', { name: 'How much better' }).locator('.says').allTextContents();
  expect(said).toEqual(said.map(() => 'do not read'));
  await close();
});

it('draws every interval where its numbers are', async () => {
  const { page, close } = await open('ship', { viewport: { width: 1280, height: 900 } });
  expect(await page.locator('table.forests tbody tr:has(svg.forest)').first().textContent()).toContain(
    '+28.4',
  );
  const drawn = await page.evaluate<{ zero: number; dot: number; low: number; high: number }>(DRAWN);
  // 28.4 % with 10.4 % to 46.4 %: the point in the middle, zero as far left of the low end as 10.4 is of 36 wide.
  const width = drawn.high - drawn.low;
  expect(Math.abs(drawn.dot - (drawn.low + drawn.high) / 2)).toBeLessThan(2);
  expect(Math.abs((drawn.low - drawn.zero) / width - 10.4 / 36)).toBeLessThan(0.02);
  await close();
});

it('copies the SQL of a number', async () => {
  const { page, close } = await open('hostile', {
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const details = page.locator('details', { hasText: 'SQL of the verdict' });
  await details.locator('summary').click();
  const button = details.getByRole('button', { name: 'Copy' });
  // From a file there may be no clipboard: then the text is selected whole at a click.
  if (await button.isVisible()) {
    await button.click();
    await details.getByText('Copied').waitFor();
  }
  expect(await details.locator('pre').textContent()).toBe(
    `SELECT * FROM footfall.experiments_overview(experiment = '<script>alert(\\'x\\')</script>"it\\'s');`,
  );
  await close();
});

it('shows hostile names as they are', async () => {
  const { page, complaints, close } = await open('hostile', { viewport: { width: 1280, height: 900 } });
  expect(await page.locator('h1').textContent()).toBe(HOSTILE.experiment);
  expect(await page.title()).toContain(HOSTILE.experiment);
  expect(await page.locator('img, script:not(body > script), [onload], [onerror]').count()).toBe(0);
  expect(await page.locator('body').isVisible()).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});

it('runs nothing that is put into it', async () => {
  const { page, close } = await open('ship', { viewport: { width: 1280, height: 900 } });
  const refused = await page.evaluate<string[]>(ATTACK);
  expect(refused.toSorted()).toEqual(['img-src', 'script-src-elem', 'style-src-elem']);
  expect(await page.title()).toBe('free_shipping: Ship bar');
  await close();
});

it('prints whole: folded parts open, light, nothing cut', async () => {
  for (const name of ['ship', 'do-not-read', 'long']) {
    // A4 less its margins.
    const { page, close } = await open(name, { colorScheme: 'dark', viewport: { width: 702, height: 1000 } });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const pre of await page.locator('pre').all()) expect(await pre.isVisible()).toBe(true);
    expect(await page.locator('button:visible').count()).toBe(0);
    // Tables too, with no scrolling to help.
    const cut = await page.evaluate(CUT);
    expect(cut).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).color')).toBe(
      'rgb(28, 33, 39)',
    );
    if (PICTURES !== undefined)
      await page.screenshot({ path: join(PICTURES, `readout-${name}-print.png`), fullPage: true });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await close();
  }
});
