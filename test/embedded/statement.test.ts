import { expect, test } from 'vitest';
import { asClickHouse, httpStatus } from '../../pipeline/embedded/errors.ts';
import { tokens } from '../../pipeline/embedded/lexer.ts';
import { insertWithData, quote, readStatement } from '../../pipeline/embedded/statement.ts';

const words = (text: string): string[] => [...tokens(text)].map(t => t.word || text.slice(t.start, t.end));

test('a lexer that sees what ClickHouse sees', () => {
  expect(words(`select 'it''s; \\' -- no' /* a /* nested */ ; */ -- ;\n, "a;b" # ;\n, \`c\\\`;\``)).toEqual([
    'SELECT',
    `'it''s; \\' -- no'`,
    ',',
    '"a;b"',
    ',',
    '`c\\`;`',
  ]);
  expect(words('select $tag$ ; from $tag$ , $1')).toEqual(['SELECT', '$tag$ ; from $tag$', ',', '$1']);
  expect(words('select ‘a;\\’;')).toEqual(['SELECT', '‘a;\\’', ';']);
  expect(words(`select 'never closed ;`)).toEqual(['SELECT', `'never closed ;`]);
  expect(words(`select 'ends in a backslash\\`)).toHaveLength(2);
  expect(words('select 1 /* never closed ;')).toEqual(['SELECT', '1']);
});

test('a long string is read in time that grows with its length', () => {
  expect(words(`select '${'a'.repeat(5_000_000)}\\`)).toHaveLength(2);
});

test.each([
  [
    'INSERT INTO t FORMAT CSV\n1,2',
    'CSV',
    '1,2',
    `INSERT INTO t \nFROM INFILE 'f' COMPRESSION 'none'\nFORMAT CSV`,
  ],
  ['insert into table db.t (a, `format`) format RowBinary\n\n', 'RowBinary', '\n', undefined],
  ['INSERT INTO format FORMAT JSONEachRow {"a":1}', 'JSONEachRow', '{"a":1}', undefined],
  ['INSERT INTO t FORMAT TSV\r\n\tx', 'TSV', '\tx', undefined],
  [
    'INSERT INTO t (a) SETTINGS max_threads = 1 FORMAT Native\n',
    'Native',
    '',
    `INSERT INTO t (a) \nFROM INFILE 'f' COMPRESSION 'none'\nSETTINGS max_threads = 1 FORMAT Native`,
  ],
  [`INSERT INTO FUNCTION null('format int') FORMAT CSV\n1`, 'CSV', '1', undefined],
])('rows behind %j', (text, format, data, sql) => {
  const found = insertWithData(text);
  expect(found?.format).toBe(format);
  expect(text.slice(found?.dataStart)).toBe(data);
  if (sql !== undefined) expect(found?.fromFile('f')).toBe(sql);
});

test.each([
  'INSERT INTO t VALUES (1)',
  'INSERT INTO t SELECT 1 FORMAT CSV',
  'INSERT INTO t WITH 1 AS x SELECT x',
  `INSERT INTO t FROM INFILE 'x' FORMAT CSV`,
  'SELECT 1 FORMAT CSV',
  'INSERT INTO t FORMAT',
])('no rows behind %j', text => {
  expect(insertWithData(text)).toBeNull();
});

test.each([
  ['select 1', 'TSV', 'select 1|FORMAT TSV'],
  ['select 1 -- done', 'TSV', 'select 1|FORMAT TSV'],
  ['select 1 format JSON;;', 'JSON', 'select 1 |FORMAT JSON'],
  ['select 1 format JSON settings max_threads = 1', 'JSON', 'select 1 |FORMAT JSON settings max_threads = 1'],
  [
    'select format from (select 1 as format format x)',
    'TSV',
    'select format from (select 1 as format format x)|FORMAT TSV',
  ],
  ['with 1 as x select x, format y from t', 'TSV', 'with 1 as x select x, format y from t|FORMAT TSV'],
  [`select 'format JSON'`, 'TSV', `select 'format JSON'|FORMAT TSV`],
])('a result of %j goes to a file', (text, format, sql) => {
  const statement = readStatement(text, 'TSV');
  expect(statement.format).toBe(format);
  const written = statement.kind === 'select' ? statement.intoFile('f') : '';
  expect(written).toBe(sql.replace('|', `\nINTO OUTFILE 'f' TRUNCATE COMPRESSION 'none'\n`));
});

test.each([
  ['create table t (a Int8) engine = Memory', false, true],
  ['set max_threads = 1', false, true],
  ['insert into t select 1', false, false],
  ['show tables', true, false],
  ['explain select 1', true, false],
])('%j: reads %s, changes its session %s', (text, reads, session) => {
  expect(readStatement(text, 'TSV')).toEqual({ kind: 'other', format: 'TSV', reads, session });
});

test.each([
  ['select 1; select 2', 62],
  [`insert into t values (1); drop table t`, 62],
  [`select 1 into /* */ outfile '/tmp/x'`, 181],
  [`insert into t from infile '/etc/passwd' format CSV`, 78],
])('%j is refused with %d', (text, code) => {
  expect(() => readStatement(text, 'TSV')).toThrow(expect.objectContaining({ code }));
});

test('quoting', () => {
  expect(quote(`a'b\\c\n`)).toBe(`'a\\'b\\\\c\n'`);
});

test('an error wrapped in itself is told once', () => {
  const wrapped =
    'Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format Nope. (UNKNOWN_FORMAT) (version 26.7.2.1). (UNKNOWN_FORMAT)';
  expect(asClickHouse(new Error(wrapped))).toMatchObject({
    code: 73,
    message: 'Code: 73. DB::Exception: Unknown format Nope. (UNKNOWN_FORMAT)',
  });
  expect(asClickHouse(new Error('boom'))).toMatchObject({ code: 1001 });
  expect([62, 60, 516, 497, 159, 241].map(httpStatus)).toEqual([400, 404, 403, 403, 408, 500]);
});
