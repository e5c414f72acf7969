import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The system's Chromium: CHROMIUM, else where Debian puts it. Errors: there is none. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
  if (executablePath === undefined)
    throw new Error('no Chromium: apt-get install chromium, or name one by CHROMIUM');
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Waits until every panel has an answer or has failed. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.grid:has(.panel):not(:has(.panel[data-state=loading]))').waitFor({ timeout: 90_000 });
}

/** Grows the window until nothing of the page is outside: sticky parts then stand where they do on paper. */
export async function wholePage(page: Page, width: number): Promise<void> {
  const box = await page.locator('#app').boundingBox();
  await page.setViewportSize({ width, height: Math.max(700, Math.ceil(box?.height ?? 0)) });
}
