/** Markup that is safe to put into a page. Made by `html` alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | ReadonlyArray<Html | string>;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text from data: as text, in elements and in quoted attributes. What would turn the reading direction around is left out. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
    .replace(/\p{Bidi_Control}|[^\P{Cc}\n\t]/gu, '');
}

/** A template whose values are escaped, save those that are markup themselves. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((out, string, i) => out + markup(parts[i - 1] ?? null) + string));
}

function markup(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(markup).join('');
}
