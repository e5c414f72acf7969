/** Most that one question may take; told on the page. The seconds are the role's own, which Grafana has, too. */
export const ASK_LIMITS = {
  seconds: 60,
  /** Rows shown. */
  rows: 10_000,
  /** Rows of a download. */
  csv_rows: 1_000_000,
  sql_bytes: 100_000,
} as const;

export interface Target {
  clickhouseUrl: string;
  database: string;
  readerPassword: string | undefined;
}

export type AskFormat = 'json' | 'csv';

/** What is wrong with a question before it is asked, or null. ClickHouse holds the reader to reading in any case. */
export function checkSql(sql: string): string | null {
  if (Buffer.byteLength(sql) > ASK_LIMITS.sql_bytes)
    return `The query is longer than ${ASK_LIMITS.sql_bytes} bytes.`;
  const code = sql.replace(/^(\s|--[^\n]*(\n|$)|#!?[^\n]*(\n|$)|\/\*[\s\S]*?\*\/|\()+/, '');
  if (code === '') return 'The query is empty.';
  if (!/^(select|with|explain|describe|desc|show)\b/i.test(code))
    return 'Only reading is possible here: a query begins with SELECT or WITH.';
  return null;
}

/**
 * Asks ClickHouse as its user `reader`, who can only read, within ASK_LIMITS. The answer's status and headers have come;
 * its body has not. Errors: fetch's, where ClickHouse is away.
 */
export async function ask(
  target: Target,
  sql: string,
  format: AskFormat,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL(target.clickhouseUrl);
  const rows = format === 'csv' ? ASK_LIMITS.csv_rows : ASK_LIMITS.rows;
  const wanted = {
    user: 'reader',
    database: target.database,
    default_format: format === 'csv' ? 'CSVWithNames' : 'JSONCompact',
    max_execution_time: String(ASK_LIMITS.seconds),
    // One more than is shown tells that there were more.
    limit: String(format === 'csv' ? rows : rows + 1),
    output_format_json_quote_64bit_integers: '0',
    output_format_json_quote_denormals: '0',
  };
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  return await fetch(url, {
    method: 'POST',
    body: sql,
    signal,
    headers: target.readerPassword === undefined ? {} : { 'X-ClickHouse-Key': target.readerPassword },
  });
}

/** A message of ClickHouse without what only its makers need. */
export function readable(message: string): string {
  return message
    .trim()
    .replace(/ \(version [^)]*\)$/, '')
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/: while executing 'FUNCTION throwIf[\s\S]*$/, '')
    .replace(/: In scope [\s\S]*?(?=\. \([A-Z_]+\)$|$)/, '');
}
