import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { PAGE_CHARS_MAX, pagePath } from '../../pipeline/fold/page.ts';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';

describe('pagePath', () => {
  test.each([
    ['', ''],
    ['https://shop.example', '/'],
    ['https://shop.example/', '/'],
    ['https://shop.example/?q=1', '/'],
    ['https://shop.example/p/1', '/p/1'],
    ['https://shop.example/p/1///?a=b#c', '/p/1'],
    ['https://shop.example/p/1#a/b', '/p/1'],
    ['//shop.example/p', '/p'],
    ['/p/1', '/p/1'],
    ['/p/1?next=//a/b', '/p/1'],
    ['shop', '/'],
    ['https://shop.example//', ''],
  ])('%s → %s', (url, page) => expect(pagePath(url)).toBe(page));

  it('cuts by characters, not by halves of them', () => {
    expect([...pagePath(`https://a/${'😀'.repeat(300)}`)].length).toBe(PAGE_CHARS_MAX);
    expect(pagePath(`https://a/${'x'.repeat(300)}`).length).toBe(PAGE_CHARS_MAX);
  });
});

describe('pagePath, the column page and page_path', () => {
  let warehouse: Warehouse;
  beforeAll(() => {
    warehouse = openWarehouse();
  });
  afterAll(() => warehouse.close());

  it('are the same of any text', () => {
    const part = fc.constantFrom(
      ...[
        'https:',
        '/',
        '//',
        '?',
        '#',
        'a',
        'shop.example',
        'é',
        '😀',
        ' ',
        '%2F',
        '\\',
        "'",
        '.',
        '\u0000',
      ],
      'x'.repeat(255),
    );
    const urls = fc.sample(
      fc.array(part, { maxLength: 12 }).map(parts => parts.join('')),
      { seed: 7, numRuns: 3_000 },
    );
    warehouse.insert(
      'event_rows',
      urls.map((page_location, i) => ({
        topic: 't',
        offset: i,
        event_id: `${i}`,
        event_time: 1,
        site: 's',
        page_location,
      })),
    );
    const rows = warehouse.rows<{ url: string; page: string; path: string }>(
      'SELECT page_location AS url, page, page_path(page_location) AS path FROM footfall.event_rows',
    );
    expect(rows.length).toBe(urls.length);
    for (const { url, page, path } of rows)
      expect([page, path], JSON.stringify(url)).toEqual([pagePath(url), pagePath(url)]);
  });
});
