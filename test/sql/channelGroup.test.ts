import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { channelOf, sourceCategoryOf } from '../../pipeline/fold/channel.ts';
import { openWarehouse, type Warehouse } from '../support/warehouse.ts';

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
});
afterAll(() => warehouse.close());

/** Every name and host that the pipeline's lists have, read from its text, so that one added there fails here. */
const listed = ((): string[] => {
  const text = readFileSync(join(import.meta.dirname, '../../pipeline/fold/channel.ts'), 'utf8');
  const lists = text.slice(text.indexOf('const PLATFORMS'), text.indexOf('/** Brands that stand'));
  return [...new Set([...lists.matchAll(/'([^'\n]+)'/g)].map(match => match[1] ?? ''))];
})();

const hosts = [
  'www.google.de',
  'google.co.uk',
  'mail.google.com',
  'smile.amazon.com.br',
  'de.pinterest.com',
  'shop.example',
];
const mediums = [
  ...[
    '',
    '(none)',
    'cpc',
    'CPM',
    'cpm',
    'ppc',
    'paid_social',
    'display',
    'ai-assistant',
    'social',
    'video',
    'organic',
  ],
  ...['referral', 'email', 'affiliate', 'audio', 'sms', 'web-push', 'mobile', 'app', 'retargeting', 'other'],
];
const campaigns = [
  '',
  '(direct)',
  'spring',
  'shop now',
  'workshop',
  'Shopping',
  'x cross-network y',
  '(not set)',
];

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

it('knows every source as the pipeline does', () => {
  const sources = [
    ...listed,
    ...hosts,
    ...listed.map(name => name.toUpperCase()),
    ...listed.map(name => `m.${name}`),
  ];
  const answers = warehouse.rows<{ category: string }>(
    `SELECT source_category(s) AS category FROM (SELECT arrayJoin([${sources.map(quote).join(', ')}]) AS s)`,
  );
  expect(sources.map((source, i) => [source, answers[i]?.category])).toEqual(
    sources.map(source => [source, sourceCategoryOf(source.toLowerCase())]),
  );
});

it('gives costs the channel that the pipeline gives sessions', () => {
  const origin = fc.record({
    source: fc.constantFrom('', '(direct)', 'Email', 'sms', 'firebase', 'newsletter', ...listed, ...hosts),
    medium: fc.constantFrom(...mediums),
    campaign: fc.constantFrom(...campaigns),
  });
  const origins = fc.sample(origin, { numRuns: 2000, seed: 6 });
  const answers = warehouse.rows<{ channel: string }>(
    `SELECT channel_group(o.1, o.2, o.3) AS channel
     FROM (SELECT arrayJoin([${origins.map(o => `(${quote(o.source)}, ${quote(o.medium)}, ${quote(o.campaign)})`).join(', ')}]) AS o)`,
  );
  expect(origins.map((o, i) => ({ ...o, channel: answers[i]?.channel }))).toEqual(
    origins.map(o => ({ ...o, channel: channelOf(o) })),
  );
});
