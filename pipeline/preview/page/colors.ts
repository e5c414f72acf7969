// Okabe and Ito's colours, which the colour-blind can tell apart; the yellow is too pale on white for a line.

export const PALETTE = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'].map(name => `var(${name})`);
export const OTHER_COLOR = 'var(--c-other)';

/** Grafana's names of colours, as far as the dashboards use them, in this page's own. */
const NAMED: Record<string, string> = {
  green: 'var(--good)',
  red: 'var(--bad)',
  orange: 'var(--c2)',
  yellow: 'var(--warn)',
  blue: 'var(--c1)',
  purple: 'var(--c4)',
  text: 'var(--ink)',
  gray: 'var(--c-other)',
  grey: 'var(--c-other)',
  transparent: 'transparent',
};

/** The dashboards' colours in this page's tones for light and dark. */
const OKABE_ITO: Record<string, string> = {
  '#0072B2': 'var(--c1)',
  '#E69F00': 'var(--c2)',
  '#009E73': 'var(--c3)',
  '#D55E00': 'var(--c4)',
  '#56B4E9': 'var(--c5)',
  '#CC79A7': 'var(--c6)',
  '#999999': 'var(--c-other)',
  '#8A8F98': 'var(--c-other)',
};

/** As colorOf, in tones that can be read as text. */
export function textColorOf(name: string | undefined): string | null {
  const color = colorOf(name);
  return color === null ? null : (TEXT[color] ?? color);
}
const TEXT: Record<string, string> = {
  'var(--c1)': 'var(--ink)',
  'var(--c2)': 'var(--warn)',
  'var(--c3)': 'var(--good)',
  'var(--c4)': 'var(--bad)',
};

export function colorOf(name: string | undefined): string | null {
  if (name === undefined || name === '') return null;
  const plain = name.replace(/^(semi-dark|dark|light|super-light)-/, '');
  if (plain in NAMED) return NAMED[plain] ?? null;
  const own = OKABE_ITO[name.toUpperCase()];
  if (own !== undefined) return own;
  return /^#[0-9a-f]{3,8}$/i.test(name) ? name : null;
}

export function seriesColor(index: number, name: string): string {
  return name === 'other' || name === '(other)'
    ? OTHER_COLOR
    : (PALETTE[index % PALETTE.length] ?? OTHER_COLOR);
}

/** What a canvas needs: it knows no variables. */
export function resolved(color: string, element: Element): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name === undefined ? color : getComputedStyle(element).getPropertyValue(name).trim();
}
