import type { Visit } from './people.ts';

export interface PathsAsked {
  start: string;
  end: string;
  depth: number;
  goal: '' | 'converted' | 'lost';
  /** Sessions start in [from, to). */
  from: number;
  to: number;
}

const EXIT = '(exit)';
const ENTRANCE = '(entrance)';

function pathOf(url: string): string {
  if (url === '') return '';
  const path = new URL(url).pathname;
  return path === '/' ? '/' : path.replace(/\/+$/, '');
}

/** Sessions of each pair of pages by 'step', each walked on its own. Visits are active ones, bots left out. */
export function pathsOf(
  visits: Visit[],
  converted: ReadonlySet<Visit>,
  asked: PathsAsked,
): Map<number, Map<string, number>> {
  const steps = new Map<number, Map<string, number>>();
  for (const visit of visits) {
    if (visit.start < asked.from || visit.start >= asked.to) continue;
    if (asked.goal !== '' && converted.has(visit) !== (asked.goal === 'converted')) continue;
    const seen = visit.events
      .filter(e => e.event_name === 'page_view')
      .map(e => ({ time: e.event_time, page: pathOf(e.page_location ?? '') }))
      .filter(view => view.page !== '')
      .sort((a, b) => a.time - b.time || Buffer.compare(Buffer.from(a.page), Buffer.from(b.page)));
    const pages: string[] = [];
    for (const { page } of seen) if (pages.at(-1) !== page) pages.push(page);
    if (pages.length === 0) continue;
    const backwards = asked.end !== '';
    let at = backwards ? pages.lastIndexOf(asked.end) : asked.start === '' ? 0 : pages.indexOf(asked.start);
    if (at < 0) continue;
    for (let step = 1; step <= asked.depth; step++) {
      const here = pages[at];
      if (here === undefined) break;
      const pair = backwards ? [pages[at - 1] ?? ENTRANCE, here] : [here, pages[at + 1] ?? EXIT];
      at += backwards ? -1 : 1;
      const pairs = steps.get(step) ?? new Map<string, number>();
      steps.set(step, pairs);
      const name = pair.join(' > ');
      pairs.set(name, (pairs.get(name) ?? 0) + 1);
    }
  }
  return steps;
}
