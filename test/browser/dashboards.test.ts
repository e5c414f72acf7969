import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Embedded, startEmbedded } from '../../pipeline/embedded/start.ts';
import { type Preview, startPreview } from '../../pipeline/preview/server.ts';
import { footfall } from '../support/footfall.ts';
import { openBrowser, settled } from './browser.ts';

// A dashboard asks up to twenty queries; on a machine that does other things as well they take their time.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 });

const GENERATED = join(import.meta.dirname, '../../dashboards/generated');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const boards = (await readdir(GENERATED)).filter(name => name.endsWith('.json')).sort();

let data: string;
let folder: string;
let database: Embedded;
let preview: Preview;
let browser: Browser;
let page: Page;
let complaints: string[] = [];
let asked: string[] = [];

interface Board {
  uid: string;
  title: string;
  panels: { title: string; type: string; targets?: { rawSql?: string }[] }[];
  templating: { list: { name: string }[] };
}
const boardOf = async (file: string): Promise<Board> =>
  JSON.parse(await readFile(join(GENERATED, file), 'utf8')) as Board;

/** A board of some panels, by the beginning of their titles: what a test asks of a panel, no other need answer first. */
async function few(
  uid: string,
  picked: ReadonlyArray<readonly [file: string, title: string]>,
): Promise<void> {
  const made: Board[] = [];
  for (const [file, title] of picked) {
    const board = await boardOf(file);
    const panels = board.panels.filter(panel => panel.title.startsWith(title));
    if (panels.length !== 1) throw new Error(`${file}: ${panels.length} panels begin with '${title}'`);
    made.push({ ...board, panels });
  }
  const [first] = made;
  const variables = new Map(made.flatMap(board => board.templating.list).map(one => [one.name, one]));
  const panels = made.flatMap((board, i) =>
    board.panels.map(panel => ({ ...panel, id: i + 1, gridPos: { x: 0, y: 12 * i, w: 24, h: 12 } })),
  );
  await writeFile(
    join(folder, `90-${uid}.json`),
    JSON.stringify({ ...first, uid, title: uid, panels, templating: { list: [...variables.values()] } }),
  );
}

/** A site that nothing has come from yet. */
const QUIET = 'quiet';

// One shop, one server and one page for all tests. Of so many days some weeks have passed, whatever day it is.
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'footfall-page-'));
  folder = await mkdtemp(join(tmpdir(), 'footfall-boards-'));
  const filled = await footfall(
    ['demo', '--data', data, '--clickhouse-port', '0', '--visitors', '500', '--days', '34', '--once'],
    { env: { LOG_LEVEL: 'error' } },
  );
  expect([filled.code, filled.code === 0 ? '' : filled.stderr]).toEqual([0, '']);
  await cp(GENERATED, folder, { recursive: true });
  // A board with one query that cannot be answered, among those that can.
  const broken = await boardOf('02-realtime.json');
  const target = broken.panels[1]?.targets?.[0];
  if (target !== undefined) target.rawSql = 'SELECT this_is_not_there FROM nowhere';
  await writeFile(
    join(folder, '99-broken.json'),
    JSON.stringify({ ...broken, uid: 'broken', title: 'Broken' }),
  );
  await few('figures', [
    ['01-overview.json', 'How many people came in each'],
    ['01-overview.json', 'What did they buy in each'],
    ['01-overview.json', 'What happened in each'],
  ]);
  await few('drawn', [
    ['03-funnel.json', 'How many people reach each step'],
    ['08-products.json', 'What do people search for'],
    ['04-retention.json', 'What share of each $'],
    ['09-pages.json', 'Which way do people go'],
  ]);
  await few('lost', [['03-funnel.json', 'Who dropped out']]);
  await few('lift', [['11-experiments.json', 'How has the lift moved']]);
  database = await startEmbedded({ dataDir: data, port: 0 });
  const client = createClient({ url: database.url });
  await client.insert({ table: 'footfall.sites', values: [{ site: QUIET }], format: 'JSONEachRow' });
  await client.command({ query: 'SYSTEM RELOAD DICTIONARY footfall.site_facts' });
  await client.close();
  preview = await startPreview({ clickhouseUrl: database.url, port: 0, dashboards: folder });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1400, height: 900 }, acceptDownloads: true });
  page.setDefaultTimeout(60_000);
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => {
    if (new URL(request.url()).pathname === '/query') asked.push(request.postData() ?? '');
  });
});

afterAll(async () => {
  await browser?.close();
  await preview?.stop();
  await database?.stop();
  for (const one of [data, folder]) if (one !== undefined) await rm(one, { recursive: true, force: true });
});

async function open(path: string): Promise<void> {
  // What the page before still asks is not of this one.
  await page.goto('about:blank');
  complaints = [];
  asked = [];
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.goto(preview.url + path);
}

/** What a script in the page says of all elements that are there: it is text, for its types are not Node's. */
const ofAll = <T>(selector: string, script: string): Promise<T[]> =>
  page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map(${script})`);

/** What axe finds against WCAG 2.1 A and AA: the rule and where. */
async function faults(options: RunOptions): Promise<string[]> {
  // Not by a script element: the page takes none from elsewhere.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  // The rows of a long table are alike, and each cell costs; a heat map's are not.
  const context = { exclude: ['table:not(.heat) tbody tr:nth-child(n + 25)'] };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(context)}, ${JSON.stringify(options)})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.target.join(' ')} ${node.html}`),
  );
}
const WCAG: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };

/**
 * Words that are cut off and nowhere told whole (a title tells them), figures that do not fit, and what stands out of its
 * panel. What scrolls is not cut. What runs in the page is text: these types are Node's.
 */
const CUT = `(() => {
  const name = element => element.tagName + '.' + element.className + ': ' + element.textContent.slice(0, 60);
  const shown = [...document.querySelectorAll('#app *')].filter(element =>
    element.getClientRects().length > 0 && element.closest('.sr, .skip, [role=tooltip], svg, canvas') === null);
  const words = shown.filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== ''));
  const hides = element => ['hidden', 'clip'].includes(getComputedStyle(element).overflowX);
  const cut = words.filter(element =>
    hides(element) && element.scrollWidth > element.clientWidth + 1 && element.title === '');
  const small = shown.filter(element =>
    element.matches('.stat, .told, .panel > header') && element.scrollHeight > element.clientHeight + 1);
  const outside = words.filter(element => {
    const panel = element.closest('.panel');
    return panel !== null && element.closest('.scroll') === null &&
      element.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1;
  });
  return [...new Set([...cut, ...small, ...outside])].map(name);
})()`;

const overflow = (): Promise<number> =>
  page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)');

describe('each dashboard', () => {
  it.each(boards)('%s: every panel without an error, wide and narrow, for everybody', async file => {
    const { uid, title, panels } = await boardOf(file);
    await open(`/d/${uid}`);
    await settled(page);
    expect(await page.locator('[role=alert]').allTextContents()).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe(`${title} · Footfall`);
    const drawn = panels.filter(panel => panel.targets?.some(target => target.rawSql !== undefined));
    expect(await page.locator('.panel[data-panel]').count()).toBe(drawn.length);
    expect(await overflow()).toBe(0);
    expect(await page.evaluate(CUT)).toEqual([]);
    // Nothing is asked twice.
    expect(new Set(asked).size).toBe(asked.length);
    // A title has its variables filled in.
    expect(await page.locator('main h2').allTextContents()).not.toContainEqual(
      expect.stringMatching(/\$\{|…|undefined/),
    );
    expect(await faults(WCAG)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(overflow).toBe(0);
    await expect.poll(() => page.evaluate(CUT)).toEqual([]);
    expect(await faults(WCAG)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

it('is there at once, before any answer', async () => {
  const paints: number[] = [];
  // The quickest of some: what else the machine does is not the page's doing.
  for (let i = 0; i < 5 && !paints.some(paint => paint < 1000); i++) {
    await open('/');
    await page.locator('.panel').first().waitFor();
    paints.push(
      await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
      ),
    );
  }
  expect(Math.min(...paints)).toBeLessThan(1000);
});

it('asks once what several panels show, and nothing again that it has', async () => {
  await open('/d/figures');
  await settled(page);
  expect(new Set(asked).size).toBe(asked.length);
  // All three are of one answer; beside it there are choices and remarks.
  const views = (): string[] => asked.filter(body => body.includes('footfall.traffic('));
  expect(await page.locator('.panel').count()).toBe(3);
  expect(views().length).toBe(1);
  await page.locator('select[data-variable=by]').selectOption('device');
  const names = page.locator('.panel.as-time').first().locator('.end, .legend li');
  await names.first().waitFor();
  await settled(page);
  const before = asked.length;
  await page.locator('select[data-variable=by]').selectOption('all');
  await names.first().waitFor({ state: 'detached' });
  await settled(page);
  expect(asked.length).toBe(before);
  await page.getByRole('button', { name: 'Refresh now' }).click();
  await page.locator('.panel[aria-busy=true]').first().waitFor();
  await settled(page);
  expect(asked.length).toBeGreaterThan(before);
});

it('ends the questions that nobody waits for any more', async () => {
  await open('/d/footfall-customers');
  await page.locator('.panel[aria-busy=true]').first().waitFor();
  const ended = page.waitForEvent('requestfailed', { predicate: one => one.url().endsWith('/query') });
  await page.getByRole('link', { name: 'Real time', exact: true }).click();
  expect((await ended).failure()?.errorText).toBe('net::ERR_ABORTED');
  await page.waitForURL(/footfall-realtime/);
  await settled(page);
  expect(await page.locator('[role=alert]').count()).toBe(0);
  expect(complaints).toEqual([]);
});

it('splits its panels by a variable, and keeps the choice in the address and over a reload', async () => {
  await open('/d/figures');
  await settled(page);
  const panel = page.locator('.panel.as-time').first();
  expect(await panel.locator('.end, .legend li').count()).toBe(0);
  await page.locator('select[data-variable=by]').selectOption('device');
  await panel.locator('.end, .legend li').first().waitFor();
  const split = await panel.locator('.end, .legend li').allTextContents();
  expect(split.length).toBeGreaterThan(1);
  expect(new URL(page.url()).searchParams.get('var-by')).toBe('device');
  await page.locator('select[data-control=period]').selectOption({ label: 'Last 7 days' });
  await page.waitForURL(/from=now-7d/);
  await page.reload();
  await settled(page);
  expect(await page.locator('select[data-variable=by]').inputValue()).toBe('device');
  expect(await page.locator('select[data-control=period] option:checked').textContent()).toBe('Last 7 days');
  await panel.locator('.end, .legend li').first().waitFor();
  await page.goBack();
  await page.goBack();
  await page.locator('select[data-variable=by]').waitFor();
  expect(new URL(page.url()).searchParams.get('var-by')).toBeNull();
  expect(complaints).toEqual([]);
});

it('leads to the next question with what was chosen', async () => {
  await open('/d/figures?from=now-7d&to=now&var-by=device');
  await settled(page);
  await page.getByRole('link', { name: /^Do they come back/ }).click();
  await page.waitForURL(/\/d\/footfall-retention/);
  const query = new URL(page.url()).searchParams;
  expect([query.get('var-by'), query.get('var-site')]).toEqual(['device', 'shop']);
  expect(Number(query.get('to')) - Number(query.get('from'))).toBe(7 * 86_400_000);
  expect(await page.locator('select[data-variable=by]').inputValue()).toBe('device');
});

describe('what is drawn', () => {
  const widths = (selector: string): Promise<number[]> =>
    ofAll(selector, 'one => one.getBoundingClientRect().width');
  const figures = async (selector: string): Promise<number[]> =>
    (await page.locator(selector).allTextContents()).map(text => Number(text.replaceAll(',', '')));
  /** Each as long as its figure says, upon one scale, to the pixel. */
  const expectScale = (lengths: number[], counts: number[]): void => {
    expect(lengths.length).toBe(counts.length);
    expect(Math.max(...lengths)).toBeGreaterThan(100);
    const scale = Math.max(...lengths) / Math.max(...counts);
    for (const [i, length] of lengths.entries())
      expect(Math.abs(length - scale * (counts[i] ?? 0))).toBeLessThan(1.5);
  };

  beforeAll(async () => {
    await open('/d/drawn');
    await settled(page);
  });

  it('a funnel: a bar a step, as long as its people', async () => {
    expect(await page.locator('.funnel .step .name').allTextContents()).toEqual([
      '1 view item',
      '2 add to cart',
      '3 begin checkout',
      '4 purchase',
    ]);
    const people = await figures('.funnel .step .count');
    expect(people).toEqual(people.toSorted((a, b) => b - a));
    expect(people.at(-1)).toBeGreaterThan(0);
    expectScale(await widths('.funnel .track .people'), people);
    // Whoever is lost between two steps, and whoever has time left, is told.
    const lost = await page.locator('.funnel .drop').allTextContents();
    expect(lost.length).toBe(3);
    const numbers = (text: string): number[] =>
      [...text.matchAll(/−([\d,]+) dropped|([\d,]+) may yet/g)].map(([, gone = '', open = '']) =>
        Number((gone || open).replaceAll(',', '')),
      );
    for (const [i, text] of lost.entries())
      expect(numbers(text).reduce((sum, n) => sum + n, 0)).toBe((people[i] ?? 0) - (people[i + 1] ?? 0));
  });

  it('bars: from zero, each as long as its figure', async () => {
    const counts = await figures('.as-bars .bar-line b');
    expect(counts.length).toBeGreaterThan(3);
    expectScale(await widths('.as-bars .bar-line i'), counts);
  });

  it('a heat map: the more the deeper, and what is not known yet otherwise than 0', async () => {
    const heat = page.locator('.panel.as-heat');
    expect(await heat.locator('td.hatched').count()).toBeGreaterThan(0);
    expect(await heat.locator('td.hatched').first().textContent()).toBe('not yet');
    const cells = await ofAll<{ value: number; ground: string; image: string }>(
      '.as-heat td.cell:not(.hatched)',
      `one => ({
        value: Number(one.textContent),
        ground: getComputedStyle(one).backgroundColor,
        image: getComputedStyle(one).backgroundImage,
      })`,
    );
    expect(cells.map(({ value }) => value)).toContain(100);
    expect(new Set(cells.map(({ image }) => image))).toEqual(new Set(['none']));
    const grounds = (value: number): Set<string> =>
      new Set(cells.filter(cell => cell.value === value).map(({ ground }) => ground));
    const least = Math.min(...cells.map(({ value }) => value));
    expect(grounds(100).size).toBe(1);
    expect(grounds(100)).not.toEqual(grounds(least));
    const hatches = await ofAll<string>(
      '.as-heat td.hatched',
      'one => getComputedStyle(one).backgroundImage',
    );
    for (const image of hatches) expect(image).toContain('repeating-linear-gradient');
  });

  it('ways: nodes as high as their visits, each with its name inside the drawing', async () => {
    const nodes = await ofAll<{ visits: number; height: number; inside: boolean }>(
      'svg.sankey g',
      `one => {
        const [bar, words] = ['rect', 'text'].map(part => one.querySelector(part).getBoundingClientRect());
        return {
          visits: Number(one.querySelector('title').textContent.split(': ').at(-1).replaceAll(',', '')),
          height: bar.height,
          inside: words.width > 0 && words.right <= one.closest('svg').getBoundingClientRect().right + 1,
        };
      }`,
    );
    expect(nodes.length).toBeGreaterThan(4);
    const scale =
      Math.max(...nodes.map(({ height }) => height)) / Math.max(...nodes.map(({ visits }) => visits));
    for (const { visits, height, inside } of nodes) {
      expect(inside).toBe(true);
      expect(Math.abs(height - Math.max(1, scale * visits))).toBeLessThan(1.5);
    }
    const links = await ofAll<[number, number]>(
      'svg.sankey path',
      "one => [one.getBoundingClientRect().width, Number(one.getAttribute('stroke-width'))]",
    );
    expect(links.length).toBeGreaterThanOrEqual(nodes.length - 1);
    for (const [width, stroke] of links) expect(width > 20 && stroke >= 1).toBe(true);
  });

  it('steps that are chosen are the steps that are drawn', async () => {
    await page.getByRole('button', { name: 'Leave out begin_checkout' }).click();
    await expect
      .poll(() => page.locator('.funnel .step .name').allTextContents(), { timeout: 60_000 })
      .toEqual(['1 view item', '2 add to cart', '3 purchase']);
    expect(new URL(page.url()).searchParams.getAll('var-steps')).toEqual([
      'view_item',
      'add_to_cart',
      'purchase',
    ]);
  });

  it('another site has its own figures: here none, and each panel says so', async () => {
    await page.locator('select[data-variable=site]').selectOption(QUIET);
    await page.waitForURL(/var-site=quiet/);
    await page.locator('.panel[data-state=empty]').first().waitFor();
    await settled(page);
    expect(await page.locator('[role=alert]').allTextContents()).toEqual([]);
    expect(await page.locator('.funnel .step').count()).toBe(0);
    const told = await page.locator('.panel[data-state=empty] .told b').allTextContents();
    expect(new Set(told)).toEqual(new Set(['Nothing here in this period']));
    // A heat map of nobody has its periods, and no shade.
    expect(await page.locator('td.cell:not(.hatched)').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

it('draws lines in their colour, and tells the remarks where they were made', async () => {
  await open('/d/figures');
  await settled(page);
  const chart = page.locator('.panel.as-time').first();
  // How many of its pixels are of the first colour of the palette.
  const [painted] = await ofAll<{ line: number; width: number }>(
    '.panel.as-time canvas',
    `one => {
    const pixels = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
    let line = 0;
    for (let i = 0; i < pixels.length; i += 4)
      if (pixels[i + 3] === 255 && pixels[i] === 0 && pixels[i + 1] === 0x72 && pixels[i + 2] === 0xb2) line++;
    return { line, width: one.width };
  }`,
  );
  if (painted === undefined) throw new Error('no chart');
  // A line from one end to the other has more than a pixel a column.
  expect(painted.line).toBeGreaterThan(painted.width / 2);
  const box = await chart.locator('.u-over').boundingBox();
  if (box === null) throw new Error('no chart');
  const told = new Set<string>();
  for (let step = 0; step <= 62; step++) {
    await page.mouse.move(box.x + 1 + (step / 62) * (box.width - 2), box.y + box.height / 2);
    for (const text of await chart.locator('.tip em').allTextContents()) told.add(text);
  }
  const client = createClient({ url: database.url });
  const remarks = await client.query({
    query:
      "SELECT DISTINCT text FROM footfall.annotations FINAL WHERE site IN ('', 'shop') AND at >= now() - INTERVAL 29 DAY AND at <= now() ORDER BY text",
    format: 'JSONEachRow',
  });
  const texts = (await remarks.json<{ text: string }>()).map(({ text }) => text);
  await client.close();
  expect(texts.length).toBeGreaterThan(0);
  expect([...told]).toEqual(expect.arrayContaining(texts));
});

it('shows the experiment that is chosen, in its band, and says of a site that it has none', async () => {
  await open('/d/lift');
  await settled(page);
  const choice = page.locator('select[data-variable=experiment]');
  const chart = page.locator('.panel .plot');
  const first = await chart.getAttribute('aria-label');
  const names = await choice.locator('option').allTextContents();
  expect(names.length).toBeGreaterThan(1);
  await choice.selectOption(names[1] ?? '');
  await expect.poll(() => chart.getAttribute('aria-label'), { timeout: 60_000 }).not.toBe(first);
  expect(asked.at(-1)).toContain(names[1]);
  await page.locator('select[data-variable=site]').selectOption(QUIET);
  await page.locator('.panel[data-state=empty]').waitFor();
  expect(await page.locator('.panel .told').textContent()).toContain('No experiment');
  expect(complaints).toEqual([]);
});

it('leads from a person in a list to what that person did', async () => {
  await open('/d/lost');
  await settled(page);
  const link = page.locator('tbody tr').nth(2).getByRole('link');
  const person = (await link.textContent()) ?? '';
  await link.click();
  await page.waitForURL(/footfall-realtime/);
  expect(new URL(page.url()).searchParams.getAll('var-person')).toEqual([person]);
  const timeline = page.locator('.panel', { hasText: `What did ${person} do?` });
  await timeline.locator('tbody tr').first().waitFor();
  expect(await page.locator(':focus').textContent()).toBe(`What did ${person} do?`);
  await expect.poll(() => page.evaluate<number>('scrollY')).toBeGreaterThan(300);
  await settled(page);
  expect(complaints).toEqual([]);
});

it('shows the error of a broken query in its panel only', async () => {
  await open('/d/broken');
  await settled(page);
  const failed = page.locator('.panel[data-state=error]');
  expect(await failed.count()).toBe(1);
  expect(await failed.textContent()).toContain('nowhere');
  expect(await page.locator('.panel[data-state=ready]').count()).toBeGreaterThan(5);
});

it('asks again by itself, and shows what was there until the answer comes', async () => {
  await open('/d/footfall-realtime?refresh=1s&from=now-24h&to=now');
  await settled(page);
  const before = asked.length;
  await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThan(before + 1);
  expect(await page.locator('.panel .skeleton').count()).toBe(0);
});

it('shows a panel’s SQL and its rows by keyboard, and gives them as a file', async () => {
  await open('/d/footfall-realtime');
  await settled(page);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toContain('To the figures');
  await page.keyboard.press('Enter');
  const panel = page.locator('.panel.as-time').first();
  const more = panel.getByRole('button', { name: /^More on/ });
  await more.focus();
  await page.keyboard.press('Enter');
  await panel.getByRole('menuitem', { name: 'Show SQL' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  expect(await page.locator(':focus').getAttribute('aria-label')).toMatch(/^More on/);
  await page.keyboard.press('Enter');
  await panel.getByRole('menuitem', { name: 'Show SQL' }).waitFor();
  await page.keyboard.press('Enter');
  expect(await panel.locator('pre').textContent()).toContain('FROM footfall.realtime(');
  await more.click();
  await panel.getByRole('menuitem', { name: 'Show as a table' }).click();
  expect(await panel.locator('tbody tr').count()).toBeGreaterThan(5);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    more.click().then(() => panel.getByRole('menuitem', { name: 'Download CSV' }).click()),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
  expect(await readFile(await file.path(), 'utf8')).toMatch(/^"time","visitors",[\s\S]+\n"?20\d\d-/);
  expect(complaints).toEqual([]);
});

it('asks by hand: a view from the catalogue, and an error in words', async () => {
  await open('/console');
  await page.getByRole('button', { name: /^freshness/ }).click();
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.answer[data-state=ready] tbody tr').first().waitFor();
  expect(new URL(page.url()).searchParams.get('sql')).toContain('freshness');
  expect(await faults(WCAG)).toEqual([]);
  const ask = async (sql: string, says: RegExp): Promise<string> => {
    await page.getByLabel('SQL').fill(sql);
    await page.keyboard.press('Control+Enter');
    const told = page.locator('.answer[data-state=error] pre', { hasText: says });
    return (await told.textContent()) ?? '';
  };
  await ask('DROP TABLE footfall.sites', /^Only reading is possible here/);
  // What a view says of a wrong parameter, and nothing of how it says so.
  const wrong = await ask(
    "SELECT * FROM traffic(site = 'shop', since = '2026-11-01', until = '2026-11-02', grain = 'hour', by = '')",
    /^unknown grain 'hour'/,
  );
  expect(wrong).not.toMatch(/throwIf|executing|DB::Exception/);
  expect(await faults(WCAG)).toEqual([]);
});
