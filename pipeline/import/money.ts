/** Digits of a currency's minor unit where they are not two (ISO 4217); the same list as sql/functions/currency_exponent.sql. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map(code => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map(code => [code, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map(code => [code, 4])),
};

export function minorDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A decimal as its minor units, digit by digit: no float is multiplied, so 1.005 is what it says. What is finer than
 * a minor unit is rounded half away from zero. Undefined: no decimal, or beyond what a number holds exactly.
 */
export function minorUnits(decimal: string, digits: number): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(decimal.trim()) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const all = whole + fraction;
  // Where the point stands in `all`, in minor units.
  const point = whole.length + Number(exponent) + digits;
  if (point > 40) return /^0*$/.test(all) ? 0 : undefined;
  const kept = point <= 0 ? '0' : all.slice(0, point).padEnd(point, '0');
  const next = point < 0 ? '0' : (all[point] ?? '0');
  const units = Number(BigInt(kept) + (next >= '5' ? 1n : 0n));
  if (!Number.isSafeInteger(units)) return undefined;
  return units === 0 || sign !== '-' ? units : -units;
}
