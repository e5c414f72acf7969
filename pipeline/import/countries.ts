/** Names that exports use and Unicode's English list writes otherwise. */
const ALSO: Readonly<Record<string, string>> = {
  turkey: 'TR',
  'czech republic': 'CZ',
  'hong kong': 'HK',
  macau: 'MO',
  macao: 'MO',
  myanmar: 'MM',
  'ivory coast': 'CI',
  'united states of america': 'US',
  usa: 'US',
  uk: 'GB',
  'great britain': 'GB',
  'russian federation': 'RU',
  'republic of korea': 'KR',
  'viet nam': 'VN',
  palestine: 'PS',
  swaziland: 'SZ',
  macedonia: 'MK',
  'cape verde': 'CV',
  'congo (drc)': 'CD',
  'the bahamas': 'BS',
  'the gambia': 'GM',
};

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[’‘`]/g, "'")
    .replace(/&/g, 'and')
    .replace(/\bSt\. /g, 'Saint ')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

const GROUPS = new Set('EU EZ QO UN XA XB ZZ'.split(' '));

/** GB of UK, DE of DD. */
function canonicalCode(code: string): string {
  return Intl.getCanonicalLocales(`und-${code}`)[0]?.slice(4) ?? code;
}

let known: Map<string, string> | undefined;

function codes(): Map<string, string> {
  if (known !== undefined) return known;
  known = new Map(Object.entries(ALSO));
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const a of letters) {
    for (const b of letters) {
      const name = names.of(a + b);
      // Withdrawn codes and groups of countries have names too.
      if (name !== undefined && canonicalCode(a + b) === a + b && !GROUPS.has(a + b))
        known.set(plain(name), a + b);
    }
  }
  return known;
}

/** ISO 3166-1 alpha-2 of an English name, or of a code itself; undefined where there is none. */
export function countryCode(name: string): string | undefined {
  if (/^[A-Z]{2}$/.test(name)) return canonicalCode(name);
  return codes().get(plain(name));
}
