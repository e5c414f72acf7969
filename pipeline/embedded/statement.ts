import { exception } from './errors.ts';
import { type Token, tokens } from './lexer.ts';

/** INSERT whose rows follow in the format named; `dataStart`: where in the text. */
export interface Insert {
  kind: 'insert';
  format: string;
  dataStart: number;
  fromFile(file: string): string;
}

/** A query with a result of any size. */
export interface Select {
  kind: 'select';
  format: string;
  intoFile(file: string): string;
}

/** All else: DDL, SHOW, SET, INSERT … SELECT, INSERT … VALUES. Its answer is small. */
export interface Other {
  kind: 'other';
  format: string;
  reads: boolean;
  /** It may change the session that it runs in. */
  session: boolean;
}

/** What a request asks for, as far as the front has to know: the engine parses it again, and its word counts. */
export type Statement = Insert | Select | Other;

const READS = new Set(['SELECT', 'WITH', 'FROM', '(']);
/** Statements that only look, with an answer that is never large. */
const LOOKS = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK']);

/** Splits `INSERT INTO t (a, b) SETTINGS … FORMAT X data`; null for any other statement. Reads no further than X. */
export function insertWithData(text: string): Insert | null {
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
        `${text.slice(0, at)}\nFROM INFILE ${quote(file)} COMPRESSION 'none'\n${text.slice(at, end)}`,
    };
  }
  return null;
}

/**
 * Reads one statement that has no data after it.
 * Errors: several statements, and files on the server's side, which ClickHouse's HTTP interface refuses too.
 */
export function readStatement(text: string, defaultFormat: string): Exclude<Statement, Insert> {
  let first = '';
  let before: Token | null = null;
  let end = 0;
  /** The last `FORMAT name` outside brackets with nothing but SETTINGS behind it. */
  let clause: { start: number; name: Token } | null = null;
  let ended = false;
  for (const token of tokens(text)) {
    if (token.word === ';' && token.depth === 0) {
      ended = true;
      continue;
    }
    if (ended) {
      const told = `Syntax error (Multi-statements are not allowed): failed at position ${end + 1} (end of query)`;
      throw exception(62, 'SYNTAX_ERROR', told);
    }
    if (token.word === 'OUTFILE' && before?.word === 'INTO') {
      throw exception(181, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
    }
    if (token.word === 'INFILE' && before?.word === 'FROM') {
      throw exception(78, 'UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was sent directly to the server');
    }
    if (token.depth === 0 && token.kind === 'word' && before?.word === 'FORMAT' && before.depth === 0) {
      clause = { start: before.start, name: token };
    } else if (clause?.name === before && token.word !== 'SETTINGS') {
      clause = null;
    }
    if (first === '') first = token.word;
    before = token;
    end = token.end;
  }
  const format = clause === null ? defaultFormat : text.slice(clause.name.start, clause.name.end);
  if (!READS.has(first)) {
    const reads = LOOKS.has(first);
    return { kind: 'other', format, reads, session: !reads && first !== 'INSERT' };
  }
  const query = text.slice(0, clause?.start ?? end);
  const rest = clause === null ? '' : text.slice(clause.name.end, end);
  return {
    kind: 'select',
    format,
    intoFile: file =>
      `${query}\nINTO OUTFILE ${quote(file)} TRUNCATE COMPRESSION 'none'\nFORMAT ${format}${rest}`,
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
