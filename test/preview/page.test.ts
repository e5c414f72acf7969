// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables so
import { describe, expect, it } from 'vitest';
import { readAddress, writeAddress } from '../../pipeline/preview/page/address.ts';
import { change, formatValue } from '../../pipeline/preview/page/format.ts';
import { type Frame, onClockOf, readFrame, toSeries } from '../../pipeline/preview/page/frame.ts';
import { interpolate, interpolateWords, type Scope } from '../../pipeline/preview/page/interpolate.ts';
import { dayOf, resolveTime } from '../../pipeline/preview/page/period.ts';

const scope: Scope = {
  from: Date.UTC(2026, 10, 1),
  to: Date.UTC(2026, 10, 8),
  utc: true,
  variables: { site: "o'shop", by: 'channel', steps: ['view_item', "it's"] },
};

describe('a query', () => {
  it.each([
    ['site = ${site:singlequote}', "site = 'o\\'shop'"],
    ["site = '${site}'", "site = 'o\\'shop'"],
    ['[${steps:singlequote}]', "['view_item','it\\'s']"],
    ['[$steps]', "['view_item','it\\'s']"],
    ['day($__fromTime, $__toTime)', 'day(toDateTime(1793491200), toDateTime(1794096000))'],
    ['$__timeFilter(at)', 'at >= toDateTime(1793491200) AND at <= toDateTime(1794096000)'],
    ['${__from:date:YYYY-MM-DD}/${__to}', '2026-11-01/1794096000000'],
    ['$unknown ${other:raw} $__nothing', '$unknown ${other:raw} $__nothing'],
    ['${constructor} $toString', '${constructor} $toString'],
  ])('%s becomes %s', (template, filled) => {
    expect(interpolate(template, scope)).toBe(filled);
  });

  it('names in a title what was chosen, as it is', () => {
    expect(interpolateWords('What of ${site} by $by, ${steps}?', scope)).toBe(
      "What of o'shop by channel, view_item, it's?",
    );
  });

  it('puts period and variables into a link', () => {
    expect(interpolate('/d/x?${__url_time_range}&${__all_variables}', { ...scope, inside: 'url' })).toBe(
      "/d/x?from=1793491200000&to=1794096000000&var-site=o'shop&var-by=channel&var-steps=view_item&var-steps=it's",
    );
  });
});

describe('a period', () => {
  const now = Date.UTC(2026, 10, 22, 13, 45);
  it.each([
    ['now', false, '2026-11-22T13:45:00.000Z'],
    ['now-30d', false, '2026-10-23T13:45:00.000Z'],
    ['now-1d/d', false, '2026-11-21T00:00:00.000Z'],
    ['now/w', false, '2026-11-16T00:00:00.000Z'],
    ['now/M', true, '2026-11-30T23:59:59.999Z'],
    ['2026-11-05', false, '2026-11-05T00:00:00.000Z'],
    ['2026-11-05', true, '2026-11-05T23:59:59.999Z'],
  ])('%s', (text, end, at) => {
    expect(new Date(resolveTime(text, now, end, true) ?? 0).toISOString()).toBe(at);
  });
  it('is none where the text means nothing', () => expect(resolveTime('soon', now, false)).toBeNull());
  it('is a day', () => expect(dayOf(now, true)).toBe('2026-11-22'));
});

it('shows an instant on the clock of a column’s zone', () => {
  const at = Date.UTC(2026, 6, 1, 23, 30);
  const shown = (type: string): string => new Date(onClockOf({ name: 'at', type }, at)).toISOString();
  expect(shown("DateTime('Europe/Berlin')")).toBe('2026-07-02T01:30:00.000Z');
  expect(shown("DateTime64(3, 'America/New_York')")).toBe('2026-07-01T19:30:00.000Z');
  expect(shown('DateTime')).toBe('2026-07-01T23:30:00.000Z');
});

it('keeps the whole state in the address', () => {
  const text = '/d/footfall-funnel?from=now-7d&to=now&refresh=30s&var-site=shop&var-steps=a%7Cb&var-steps=c';
  const [pathname = '', search = ''] = text.split('?');
  const address = readAddress({ pathname, search });
  expect(address.variables).toEqual({ site: ['shop'], steps: ['a|b', 'c'] });
  expect(writeAddress(address)).toBe(text);
});

describe('a figure', () => {
  it.each([
    [0.0512, 'percentunit', 1, '5.1\u202f%'],
    [1234567, 'locale', 0, '1,234,567'],
    [-3, 'none', undefined, '−3'],
    [95, 's', 1, '95 s'],
    [7200, 's', 1, '2.0 h'],
    [null, 'none', undefined, '–'],
    ['2026-11-01', 'time: YYYY-MM-DD', undefined, '2026-11-01'],
  ])('%s %s', (value, unit, decimals, text) => {
    expect(formatValue(value, unit, decimals)).toBe(text);
  });
  it('has no change from nothing', () => {
    expect(change(5, 0)).toBeNull();
    expect(change(8, 10)).toEqual({ text: '−20\u202f%', up: false });
  });
});

describe('series', () => {
  const frame = (types: [string, string][], data: Frame['rows']): Frame =>
    readFrame({ meta: types.map(([name, type]) => ({ name, type })), data }, 1000);
  const panel = { id: 1, type: 'timeseries' };

  it('has a gap, not 0, where a figure is not known', () => {
    const found = toSeries(
      frame(
        [
          ['time', "DateTime('UTC')"],
          ['rate', 'Nullable(Float64)'],
        ],
        [
          ['2026-11-01 00:00:00', 0],
          ['2026-11-02 00:00:00', null],
        ],
      ),
      panel,
      { as: 'time', time: 'time', series: null, values: ['rate'], draw: 'line' },
    );
    expect(found.series[0]?.values).toEqual([0, null]);
  });

  it('adds up what is over seven where sums mean something, and leaves it out where not', () => {
    const rows: Frame['rows'] = Array.from({ length: 9 }, (_, i) => ['2026-11-01 00:00:00', `s${i}`, i + 1]);
    const many = frame(
      [
        ['time', 'DateTime'],
        ['series', 'LowCardinality(String)'],
        ['n', 'UInt64'],
      ],
      rows,
    );
    const drawing = { as: 'time', time: 'time', series: 'series', values: ['n'] } as const;
    const stack = toSeries(many, panel, { ...drawing, values: ['n'], draw: 'stack' });
    expect(stack.series.map(one => [one.name, one.values[0]])).toEqual([
      ['s8', 9],
      ['s7', 8],
      ['s6', 7],
      ['s5', 6],
      ['s4', 5],
      ['s3', 4],
      ['other', 6],
    ]);
    const lines = toSeries(many, panel, { ...drawing, values: ['n'], draw: 'line' });
    expect([lines.series.length, lines.left]).toEqual([7, 2]);
  });
});
