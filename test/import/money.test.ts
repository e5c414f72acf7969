import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { countryCode } from '../../pipeline/import/countries.ts';
import { minorDigits, minorUnits } from '../../pipeline/import/money.ts';

test.each([
  ['19.99', 2, 1999],
  // 1.005 × 100 is 100.49999999999999 in floats, 4.35 × 100 is 434.99999999999994.
  ['1.005', 2, 101],
  ['4.35', 2, 435],
  ['1.0049999', 2, 100],
  ['-4.35', 2, -435],
  ['-0.001', 2, 0],
  ['1299', 0, 1299],
  ['12.345', 3, 12345],
  ['.5', 2, 50],
  ['7.', 2, 700],
  ['+3', 2, 300],
  ['1e-7', 2, 0],
  ['1.5E3', 2, 150_000],
  ['0.05', 1, 1],
  ['90071992547409.91', 2, 9_007_199_254_740_991],
])('%s with %i digits', (decimal, digits, units) => {
  expect(minorUnits(decimal, digits)).toBe(units);
});

test.each(['', '.', 'abc', '1,5', '1.2.3', '--1', 'NaN', 'Infinity', '1e400', '90071992547409.92', '0x10'])(
  "'%s' is no amount",
  decimal => {
    expect(minorUnits(decimal, 2)).toBeUndefined();
  },
);

test('digits of currencies are those of the views', () => {
  const sql = readFileSync(new URL('../../sql/functions/currency_exponent.sql', import.meta.url), 'utf8');
  const branches = [...sql.matchAll(/\[([^\]]+)\],\s*code\), (\d)/g)];
  expect(branches).toHaveLength(3);
  for (const [, codes = '', digits] of branches) {
    for (const [, code = ''] of codes.matchAll(/'(\w+)'/g))
      expect([code, minorDigits(code)]).toEqual([code, Number(digits)]);
  }
  expect(['EUR', 'USD', 'CNY', 'MGA'].map(minorDigits)).toEqual([2, 2, 2, 2]);
});

test.each([
  ['Germany', 'DE'],
  ['United States', 'US'],
  ['United Kingdom', 'GB'],
  ['Türkiye', 'TR'],
  ['Turkey', 'TR'],
  ['Czechia', 'CZ'],
  ['Hong Kong', 'HK'],
  ['South Korea', 'KR'],
  ['Bosnia & Herzegovina', 'BA'],
  ["Côte d'Ivoire", 'CI'],
  ['Myanmar (Burma)', 'MM'],
  ['St. Lucia', 'LC'],
  ['Congo - Kinshasa', 'CD'],
  ['Russia', 'RU'],
  ['CN', 'CN'],
  ['Atlantis', undefined],
])('the country %s is %s', (name, code) => {
  expect(countryCode(name)).toBe(code);
});
