import { expect, test } from 'vitest';
import { parseTime } from '../../pipeline/import/time.ts';

const berlin = { zone: 'Europe/Berlin' };

test.each([
  ['2026-11-01T12:00:00Z', 'iso', '2026-11-01T12:00:00.000Z'],
  ['2026-11-01 12:00:00', 'iso', '2026-11-01T11:00:00.000Z'],
  ['2026-07-01 12:00:00.25', 'iso', '2026-07-01T10:00:00.250Z'],
  ['2026-11-01T12:00:00.123456+05:30', 'iso', '2026-11-01T06:30:00.123Z'],
  ['2026-11-01', 'iso', '2026-10-31T23:00:00.000Z'],
  ['1.11.2026 9:05', 'DD.MM.YYYY HH:mm', '2026-11-01T08:05:00.000Z'],
  ['11/01/2026 09:05:07', 'MM/DD/YYYY HH:mm:ss', '2026-11-01T08:05:07.000Z'],
  ['1793534400', 'seconds', '2026-11-01T12:00:00.000Z'],
  ['1793534400.5', 'seconds', '2026-11-01T12:00:00.500Z'],
  ['1793534400123', 'milliseconds', '2026-11-01T12:00:00.123Z'],
  ['1793534400123999', 'microseconds', '2026-11-01T12:00:00.123Z'],
  // The clocks go back at 3:00 on 25 October, so 2:30 comes twice: the first; and forward on 29 March.
  ['2026-10-25 01:59:59', 'iso', '2026-10-24T23:59:59.000Z'],
  ['2026-10-25 02:30:00', 'iso', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25 03:00:00', 'iso', '2026-10-25T02:00:00.000Z'],
  ['2026-03-29 01:59:59', 'iso', '2026-03-29T00:59:59.000Z'],
  ['2026-03-29 02:30:00', 'iso', '2026-03-29T01:30:00.000Z'],
  ['2026-03-29 03:00:00', 'iso', '2026-03-29T01:00:00.000Z'],
])('%s as %s in Berlin', (text, format, expected) => {
  expect(new Date(parseTime(text, { ...berlin, format }) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each([
  ['2026-02-31 00:00:00', 'iso'],
  ['2026-11-01 24:00:00', 'iso'],
  ['2026-11-01 12:60:00', 'iso'],
  ['yesterday', 'iso'],
  ['', 'iso'],
  ['1e9', 'seconds'],
  ['-5', 'seconds'],
  ['1.13.2026', 'DD.MM.YYYY'],
])('%s as %s is no time', (text, format) => {
  expect(parseTime(text, { ...berlin, format })).toBeUndefined();
});

test('a format or a zone that is none is told', () => {
  expect(() => parseTime('', { format: 'iso', zone: 'Berlin' })).toThrow('time.zone Berlin');
  expect(() => parseTime('', { format: 'when', zone: 'UTC' })).toThrow('time.format when');
});
