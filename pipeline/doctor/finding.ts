/** What a check found. `fail`: answers are wrong or will be, or nothing works; `warn`: somebody should look. */
export interface Finding {
  check: string;
  status: 'ok' | 'warn' | 'fail';
  found: string;
  /** What to do; empty where nothing is to be done. */
  todo: string;
}
export type Tell = (finding: Finding) => void;

export const footfall = (command: string): string => `npm run -s footfall -- ${command}`;

/** What went wrong, in words: network errors have their reason as cause, or several of them. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${reasonOf(error.cause)}` : '';
  return `${error.message}${cause}`;
}

export function counted(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}

/** The first few of many. */
export function some(names: readonly string[], most = 5): string {
  return names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** '3 min', '2.5 h', '4 days'. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
