/** A piece of SQL text that means something; white space and comments are left out. */
export interface Token {
  kind: 'word' | 'quoted' | 'punct';
  /** Offsets into the text; `end` is the one after the last. */
  start: number;
  end: number;
  /** Words in upper case, so that keywords compare; punctuation as it is; '' for quoted names and strings. */
  word: string;
  /** How many brackets are open around it. */
  depth: number;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /(?:--|\/\/|#[ !])[^\n]*/y;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]+/y;
const QUOTES: Partial<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '‘': '’', '“': '”' };
const HEREDOC = /\$\w*\$/y;
const COMMENT_EDGE = /\/\*|\*\//g;

/** The tokens of ClickHouse SQL, lazily: what follows an INSERT's FORMAT is data and must not be read as SQL. */
export function* tokens(text: string): Generator<Token, void> {
  let at = 0;
  let depth = 0;
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return found === null ? 0 : found[0].length;
  };
  while (at < text.length) {
    const skip = match(SPACE) || match(LINE_COMMENT) || blockComment(text, at);
    if (skip > 0) {
      at += skip;
      continue;
    }
    const start = at;
    const quoted = quotedLength(text, at) || heredoc(text, at, match(HEREDOC));
    if (quoted > 0) {
      at += quoted;
      yield { kind: 'quoted', start, end: at, word: '', depth };
      continue;
    }
    const word = match(WORD);
    if (word > 0) {
      at += word;
      yield { kind: 'word', start, end: at, word: text.slice(start, at).toUpperCase(), depth };
      continue;
    }
    at += 1;
    const mark = text.charAt(start);
    if (mark === ')' || mark === ']' || mark === '}') depth -= 1;
    yield { kind: 'punct', start, end: at, word: mark, depth };
    if (mark === '(' || mark === '[' || mark === '{') depth += 1;
  }
}

/**
 * Length of a quoted name or string here, 0 where there is none. A doubled quote or one behind a backslash does not end
 * it; typographic quotes have no escapes. One that never ends takes the rest.
 */
function quotedLength(text: string, at: number): number {
  const open = text.charAt(at);
  const close = QUOTES[open];
  if (close === undefined) return 0;
  const escapes = close === open;
  for (let i = at + 1; i < text.length; i++) {
    const mark = text.charAt(i);
    if (escapes && mark === '\\') i += 1;
    else if (mark === close) {
      if (!escapes || text.charAt(i + 1) !== close) return i + 1 - at;
      i += 1;
    }
  }
  return text.length - at;
}

/** Length of a block comment here (they nest), 0 where there is none. */
function blockComment(text: string, at: number): number {
  if (!text.startsWith('/*', at)) return 0;
  let level = 0;
  COMMENT_EDGE.lastIndex = at;
  for (let edge = COMMENT_EDGE.exec(text); edge !== null; edge = COMMENT_EDGE.exec(text)) {
    level += edge[0] === '/*' ? 1 : -1;
    if (level === 0) return edge.index + 2 - at;
  }
  return text.length - at;
}

/** Length of $tag$ … $tag$; 0 where the tag is never closed (then the dollar sign is part of a word). */
function heredoc(text: string, at: number, tag: number): number {
  if (tag === 0) return 0;
  const close = text.indexOf(text.slice(at, at + tag), at + tag);
  return close < 0 ? 0 : close + tag - at;
}
