import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
}
const boardOf = async (file: string): Promise<Board> =>
  JSON.parse(await readFile(join(GENERATED, file), 'utf8')) as Board;

// One shop, one server and one page for all tests.
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'footfall-page-'));
  folder = await mkdtemp(join(tmpdir(), 'footfall-boards-'));
  const filled = await footfall(
    ['demo', '--data', data, '--clickhouse-port', '0', '--visitors', '500', '--days', '20', '--once'],
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
  database = await startEmbedded({ dataDir: data, port: 0 });
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

/** What axe finds against WCAG 2.1 A and AA: the rule and where. */
async function faults(options: RunOptions): Promise<string[]> {
  // Not by a script element: the page takes none from elsewhere.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.target.join(' ')} ${node.html}`),
  );
}
const WCAG: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };
const CONTRAST: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast'] } };

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
    // A title has its variables filled in.
    expect(await page.locator('main h2').allTextContents()).not.toContainEqual(
      expect.stringMatching(/\$\{|…|undefined/),
    );
    expect(await faults(WCAG)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await faults(CONTRAST)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(overflow).toBe(0);
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
  await open('/d/footfall-overview');
  await settled(page);
  expect(new Set(asked).size).toBe(asked.length);
  const panels = await page.locator('.panel').count();
  expect(panels).toBeGreaterThan(10);
  expect(asked.length).toBeLessThan(panels);
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
  await open('/d/footfall-overview');
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
  await open('/d/footfall-overview?from=now-7d&to=now&var-by=device');
  await settled(page);
  await page.getByRole('link', { name: /^Do they come back/ }).click();
  await page.waitForURL(/\/d\/footfall-retention/);
  const query = new URL(page.url()).searchParams;
  expect([query.get('var-by'), query.get('var-site')]).toEqual(['device', 'shop']);
  expect(Number(query.get('to')) - Number(query.get('from'))).toBe(7 * 86_400_000);
  await settled(page);
  expect(await page.locator('select[data-variable=by]').inputValue()).toBe('device');
});

it('shows what is not known yet otherwise than 0', async () => {
  await open('/d/footfall-retention?from=now-30d&to=now');
  await settled(page);
  const heat = page.locator('.panel.as-heat').first();
  expect(await heat.locator('td.hatched').count()).toBeGreaterThan(0);
  expect(await heat.locator('td.hatched').first().textContent()).toBe('not yet');
  expect(await heat.locator('td.cell:not(.hatched)').allTextContents()).toContain('100');
  const ground = (cell: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector('.panel.as-heat ${cell}')).backgroundImage`);
  expect(await ground('td.cell:not(.hatched)')).toBe('none');
  expect(await ground('td.hatched')).toContain('repeating-linear-gradient');
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
