import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Columns of a terminal, or of a mail that somebody pastes it into. */
export const WIDTH = 100;

/** Text that takes at most so many columns, with … where it is cut. */
export function shorten(text: string, most: number): string {
  if (stringWidth(text) <= most) return text;
  let out = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(out + segment) > most - 1) break;
    out += segment;
  }
  return `${out}…`;
}

/** Words on lines of at most WIDTH columns. */
export function wrap(text: string, indent = '', next = indent): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap(pieces)) {
    const start = lines.length === 0 ? indent : next;
    if (line !== '' && stringWidth(`${start}${line} ${word}`) > WIDTH) {
      lines.push(start + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push((lines.length === 0 ? indent : next) + line);
  return lines;
}

/** A word that is longer than a line, cut: a name may be. */
function pieces(word: string): string[] {
  const most = WIDTH - 36;
  if (stringWidth(word) <= most) return [word];
  const out: string[] = [];
  for (let rest = word; rest !== ''; ) {
    let piece = '';
    for (const { segment } of new Intl.Segmenter().segment(rest)) {
      if (piece !== '' && stringWidth(piece + segment) > most) break;
      piece += segment;
    }
    out.push(piece);
    rest = rest.slice(piece.length);
  }
  return out;
}

/** A name in a column of its own, and text beside it on as many lines as it takes. */
export function hanging(name: string, text: string, width: number): string[] {
  return wrap(text, ' '.repeat(width + 4)).map((line, i) =>
    i === 0 ? `  ${name.padEnd(width)}  ${line.trimStart()}` : line,
  );
}

/** Names come from events and tables: no escape sequence of theirs reaches a terminal, and no line break. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}|\p{Bidi_Control}/gu, ' ');
}
