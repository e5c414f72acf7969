/** An error as ClickHouse's HTTP interface tells it. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException';
  /** ClickHouse's error number. */
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `name`: the error's name in ClickHouse, such as UNKNOWN_TABLE. */
export function exception(code: number, name: string, text: string): ClickHouseException {
  return new ClickHouseException(code, `Code: ${code}. DB::Exception: ${text}. (${name})`);
}

const BAD_REQUEST = [
  6, 8, 15, 16, 25, 26, 27, 36, 38, 41, 44, 53, 56, 62, 65, 72, 117, 167, 168, 223, 321, 376, 427, 441, 442,
];
const NOT_FOUND = [46, 47, 50, 60, 63, 73, 78, 81, 115, 336, 511];
const FORBIDDEN = [192, 193, 497, 512, 516];
const OTHER: Record<number, number> = {
  48: 501,
  76: 503,
  159: 408,
  161: 413,
  194: 401,
  209: 503,
  381: 411,
  415: 415,
  439: 503,
};

/** The HTTP status that ClickHouse sends with an error number. */
export function httpStatus(code: number): number {
  if (BAD_REQUEST.includes(code)) return 400;
  if (NOT_FOUND.includes(code)) return 404;
  if (FORBIDDEN.includes(code)) return 403;
  return OTHER[code] ?? 500;
}

/** What the engine threw, as ClickHouse would have sent it. Anything that is not the engine's is a bug: 1001. */
export function asClickHouse(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error;
  const text = error instanceof Error ? error.message : String(error);
  const found = /^(?:Code: \d+\. DB::Exception: )*Code: (\d+)\. DB::Exception: ([\s\S]*)$/.exec(text.trim());
  if (found === null)
    return new ClickHouseException(1001, `Code: 1001. DB::Exception: ${text}. (STD_EXCEPTION)`, {
      cause: error,
    });
  const [, code = '', told = ''] = found;
  // The engine wraps an error in itself, with its name and version behind each layer: keep one.
  const plain = told.replace(/(?: \(version [\d.]+[^)]*\))?(?:\. \([A-Z_0-9]+\))+$/, '');
  const name = /\(([A-Z_0-9]+)\)$/.exec(told)?.[1] ?? 'UNKNOWN_EXCEPTION';
  const named = plain.endsWith(`(${name})`) ? plain : `${plain.replace(/\.$/, '')}. (${name})`;
  return new ClickHouseException(Number(code), `Code: ${code}. DB::Exception: ${named}`, { cause: error });
}
