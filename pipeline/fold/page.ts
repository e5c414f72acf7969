/** Characters (code points) of a page's path that are kept; longer ones are cut, so that a session's list of pages is bounded. */
export const PAGE_CHARS_MAX = 256;

/**
 * The path of a page's URL, without query, fragment and slashes at its end ('/' is the home page, also of what has no path); '' for none.
 * The same as `page` of event_rows and the SQL function page_path, by ClickHouse's `path`; held equal by test.
 */
export function pagePath(url: string): string {
  if (url === '') return '';
  const slash = url.indexOf('/');
  const start = slash >= 0 && url[slash + 1] === '/' ? url.indexOf('/', slash + 2) : slash;
  if (start < 0) return '/';
  let end = start;
  while (end < url.length && url[end] !== '?' && url[end] !== '#') end++;
  if (end - start <= 1) return '/';
  while (end > start && url[end - 1] === '/') end--;
  const path = url.slice(start, end);
  return path.length <= PAGE_CHARS_MAX ? path : [...path].slice(0, PAGE_CHARS_MAX).join('');
}
