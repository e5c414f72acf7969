import { exception } from './errors.ts';
import { type Token, tokens } from './lexer.ts';

/** What a request asks for, as far as the front has to know: the engine parses it again, and its word counts. */
export type Statement =
  /** INSERT whose rows follow in the format named; `dataStart`: where in the text. */
  | { kind: 'insert'; format: string; dataStart: number; fromFile(file: string): string }
  /** A query with a result of any size. */
  | { kind: 'select'; format: string; intoFile(file: string): string }
  /** All else: DDL, SHOW, SET, INSERT … SELECT, INSERT … VALUES. `session`: it may change the session it runs in. */
  | { kind: 'other'; format: string; session: boolean };

const READS = new Set(['SELECT', 'WITH', 'FROM', '(']);
/** Statements that leave the engine's session as it was, so that it can serve another request. */
const SESSIONLESS = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'INSERT', 'CHECK']);

/** Splits `INSERT INTO t (a, b) SETTINGS … FORMAT X data`; null for any other statement. Reads no further than X. */
export function insertWithData(text: string): Extract<Statement, { kind: 'insert' }> | null {
  const stream = tokens(text);
  const next = (): Token | undefined => stream.next().value ?? undefined;
  if (next()?.word !== 'INSERT' || next()?.word !== 'INTO') return null;
  let token = next();
  if (token?.word === 'TABLE') token = next();
  if (token?.word === 'FUNCTION') token = next();
  // The table's name is skipped first: it may itself be a keyword.
  token = next();
  while (token?.word === '.') {
    next();
    token = next();
  }
  let cut = -1;
  for (; token !== undefined; token = next()) {
    if (token.depth > 0 || token.kind !== 'word') continue;
    if (token.word === 'SETTINGS' && cut < 0) cut = token.start;
    if (['VALUES', 'SELECT', 'WITH', 'FROM', 'WATCH'].includes(token.word)) return null;
    if (token.word !== 'FORMAT') continue;
    const format = next();
    if (format?.kind !== 'word' || format.word === 'VALUES') return null;
    const at = cut < 0 ? token.start : cut;
    const { start, end } = format;
    // ClickHouse drops blanks after the name and one line break, and nothing else: the rest is data.
    const gap = /[ \t\f]*\r?\n?/y;
    gap.lastIndex = end;
    return {
      kind: 'insert',
      format: text.slice(start, end),
      dataStart: end + (gap.exec(text)?.[0].length ?? 0),
      fromFile: file =>
        `${text.slice(0, at)}\nFROM INFILE '${file}' COMPRESSION 'none'\n${text.slice(at, end)}`,
    };
  }
  return null;
}

/**
 * Reads one statement that has no data after it.
 * Errors: several statements, and files on the server's side, which ClickHouse's HTTP interface refuses too.
 */
export function readStatement(text: string, defaultFormat: string): Statement {
  const all = [...tokens(text)];
  while (all.at(-1)?.word === ';') all.pop();
  all.forEach((token, i) => {
    const before = all[i - 1]?.word;
    if (token.word === ';') {
      throw exception(
        62,
        'SYNTAX_ERROR',
        `Syntax error (Multi-statements are not allowed): failed at position ${token.start + 1} (end of query)`,
      );
    }
    if (token.word === 'OUTFILE' && before === 'INTO') {
      throw exception(181, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
    }
    if (token.word === 'INFILE' && before === 'FROM') {
      throw exception(78, 'UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was sent directly to the server');
    }
  });
  const first = all[0]?.word ?? '';
  const formatAt = all.findLastIndex(
    (token, i) =>
      token.word === 'FORMAT' &&
      token.depth === 0 &&
      all[i + 1]?.kind === 'word' &&
      (i + 2 === all.length || all[i + 2]?.word === 'SETTINGS'),
  );
  const clause = all[formatAt];
  const name = all[formatAt + 1];
  const named = clause !== undefined && name !== undefined;
  const format = named ? text.slice(name.start, name.end) : defaultFormat;
  if (!READS.has(first)) return { kind: 'other', format, session: !SESSIONLESS.has(first) };
  const cut = named ? clause.start : (all.at(-1)?.end ?? 0);
  const rest = named ? text.slice(name.end, all.at(-1)?.end) : '';
  return {
    kind: 'select',
    format,
    intoFile: file =>
      `${text.slice(0, cut)}\nINTO OUTFILE '${file}' TRUNCATE COMPRESSION 'none'\nFORMAT ${format}${rest}`,
  };
}

/** A string literal of ClickHouse SQL. */
export function quote(value: string): string {
  return `'${value.replace(/[\\']/g, mark => `\\${mark}`)}'`;
}

/** A name of ClickHouse SQL. */
export function quoteName(value: string): string {
  return `\`${value.replace(/[\\`]/g, mark => `\\${mark}`)}\``;
}
