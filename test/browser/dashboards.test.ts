import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Embedded, startEmbedded } from '../../pipeline/embedded/start.ts';
import { type Preview, startPreview } from '../../pipeline/preview/server.ts';
import { footfall } from '../support/footfall.ts';
import { openBrowser, settled } from './browser.ts';

const GENERATED = join(import.meta.dirname, '../../dashboards/generated');
const boards = (await readdir(GENERATED)).filter(name => name.endsWith('.json')).sort();

let data: string;
let folder: string;
let database: Embedded;
let preview: Preview;
let browser: Browser;
let page: Page;
let complaints: string[] = [];

interface Board {
  uid: string;
  panels: { title: string; targets?: { rawSql?: string }[] }[];
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'footfall-page-'));
  folder = await mkdtemp(join(tmpdir(), 'footfall-boards-'));
  const filled = await footfall(
    ['demo', '--data', data, '--clickhouse-port', '0', '--visitors', '600', '--days', '20', '--once'],
    { env: { LOG_LEVEL: 'error' } },
  );
  expect([filled.code, filled.code === 0 ? '' : filled.stderr]).toEqual([0, '']);
  await cp(GENERATED, folder, { recursive: true });
  // A board with one query that cannot be answered, among those that can.
  const broken = JSON.parse(await readFile(join(folder, '01-overview.json'), 'utf8')) as Board;
  broken.uid = 'broken';
  const target = broken.panels[1]?.targets?.[0];
  if (target !== undefined) target.rawSql = 'SELECT this_is_not_there FROM nowhere';
  await writeFile(join(folder, '99-broken.json'), JSON.stringify({ ...broken, title: 'Broken' }));
  database = await startEmbedded({ dataDir: data, port: 0 });
  preview = await startPreview({ clickhouseUrl: database.url, port: 0, dashboards: folder });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
});

afterAll(async () => {
  await browser?.close();
  await preview?.stop();
  await database?.stop();
  for (const one of [data, folder]) await rm(one, { recursive: true, force: true });
});

async function open(path: string): Promise<void> {
  complaints = [];
  await page.goto(preview.url + path);
}

describe('each dashboard', () => {
  it.each(boards)('%s shows every panel, without an error', async file => {
    const { uid } = JSON.parse(await readFile(join(GENERATED, file), 'utf8')) as Board;
    await open(`/d/${uid}`);
    await settled(page);
    expect(await page.locator('[role=alert]').allTextContents()).toEqual([]);
    expect(complaints).toEqual([]);
    // Nothing of a panel's frame is wider than the page.
    const box = await page.locator('#app').boundingBox();
    expect(box?.width).toBeLessThanOrEqual(1400);
  });
});

it('is there at once, before any answer', async () => {
  await open('/');
  await page.locator('.panel').first().waitFor();
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  expect(paint).toBeLessThan(1000);
});

it('splits its panels by a variable, and keeps the choice in the address and over a reload', async () => {
  await open('/d/footfall-overview');
  await settled(page);
  const panel = page.locator('.panel.as-time').first();
  expect(await panel.locator('.end, .legend li').count()).toBe(0);
  await page.locator('select[data-variable=by]').selectOption('device');
  await panel.locator('.end, .legend li').first().waitFor();
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

it('shows the error of a broken query in its panel only', async () => {
  await open('/d/broken');
  await settled(page);
  const failed = page.locator('.panel[data-state=error]');
  expect(await failed.count()).toBe(1);
  expect(await failed.textContent()).toContain('nowhere');
  expect(await page.locator('.panel[data-state=ready]').count()).toBeGreaterThan(5);
});

it('shows a panel’s SQL and its rows by keyboard, and gives them as a file', async () => {
  await open('/d/footfall-overview');
  await settled(page);
  const panel = page.locator('.panel.as-time').first();
  const more = panel.getByRole('button', { name: /^More on/ });
  await more.focus();
  await page.keyboard.press('Enter');
  await panel.getByRole('menuitem', { name: 'Show SQL' }).waitFor();
  await page.keyboard.press('Enter');
  expect(await panel.locator('pre').textContent()).toContain('FROM footfall.traffic(');
  await more.click();
  await panel.getByRole('menuitem', { name: 'Show as a table' }).click();
  expect(await panel.locator('tbody tr').count()).toBeGreaterThan(5);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    more.click().then(() => panel.getByRole('menuitem', { name: 'Download CSV' }).click()),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
  expect(complaints).toEqual([]);
});

it('asks by hand: a view from the catalogue, and an error in words', async () => {
  await open('/console');
  await page.getByRole('button', { name: /^freshness/ }).click();
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.answer[data-state=ready] tbody tr').first().waitFor();
  expect(new URL(page.url()).searchParams.get('sql')).toContain('freshness');
  await page.getByLabel('SQL').fill('DROP TABLE footfall.sites');
  await page.keyboard.press('Control+Enter');
  await page.locator('.answer[data-state=error]').waitFor();
  expect(await page.locator('.answer').textContent()).toContain('Only reading is possible here');
});
