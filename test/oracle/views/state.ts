/** What is known of one person by a day: local days since 1970, each once and sorted; orders with their net value. */
export interface Known {
  person: string;
  activeDays: readonly number[];
  orderDays: readonly number[];
  orders: ReadonlyArray<{ at: number; day: number; net: number }>;
}

export interface State {
  stage: string;
  risk: string | null;
  cadence: number | null;
  quiet: number | null;
  r: number | null;
  f: number | null;
  m: number | null;
  segment: string | null;
  valueAtRisk: number | null;
}

export interface SiteDays {
  dormant: number;
  churned: number;
}

/** Stage, risk and RFM of every person, straight from the definitions: one question after the other, nothing shared. */
export function statesOf(people: readonly Known[], today: number, site: SiteDays): Map<string, State> {
  const buyers = people.filter(person => person.orderDays.length > 0);
  const siteGap = median(buyers.flatMap(person => gapsOf(person.orderDays)));
  const last = (person: Known): number => person.orderDays.at(-1) ?? 0;
  const total = (person: Known): number => person.orders.reduce((sum, order) => sum + order.net, 0);
  const score = (person: Known, value: (of: Known) => number): number => {
    const lower = buyers.filter(other => value(other) < value(person)).length;
    return 1 + Math.floor((5 * lower) / buyers.length);
  };
  return new Map(
    people.map(person => {
      if (person.orderDays.length === 0) return [person.person, PROSPECT];
      const { cadence, dormantAfter, churnedAfter } = limitsOf(person.orderDays, siteGap, site);
      const quiet = today - last(person);
      const r = score(person, last);
      const f = score(person, of => of.orders.length);
      const m = score(person, total);
      const year = person.orders.filter(order => order.day > today - 365);
      const watched = Math.min(365, today - (person.orderDays[0] ?? today) + 1);
      const state: State = {
        stage: stageOf(person, today, cadence, dormantAfter, churnedAfter),
        risk:
          quiet > churnedAfter
            ? 'churned'
            : quiet > dormantAfter
              ? 'high'
              : quiet > 2 * (cadence ?? dormantAfter)
                ? 'watch'
                : 'low',
        cadence,
        quiet,
        r,
        f,
        m,
        segment: segmentOf(r, f, m),
        valueAtRisk: (year.reduce((sum, order) => sum + order.net, 0) * 90) / watched,
      };
      return [person.person, state];
    }),
  );
}

const PROSPECT: State = {
  stage: 'prospect',
  risk: null,
  cadence: null,
  quiet: null,
  r: null,
  f: null,
  m: null,
  segment: null,
  valueAtRisk: null,
};

function gapsOf(days: readonly number[]): number[] {
  return days.slice(1).map((day, i) => day - (days[i] ?? day));
}

function median(of: readonly number[]): number | null {
  if (of.length === 0) return null;
  const sorted = of.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** The own cadence c, and the days of quiet after which somebody is dormant and churned: D and X. */
function limitsOf(
  days: readonly number[],
  siteGap: number | null,
  site: SiteDays,
): { cadence: number | null; dormantAfter: number; churnedAfter: number } {
  const gaps = gapsOf(days);
  // Without any gap at the site there is no cadence: its own days.
  if (siteGap === null)
    return {
      cadence: null,
      dormantAfter: site.dormant,
      churnedAfter: Math.max(site.churned, site.dormant + 1),
    };
  const cadence = Math.max(1, (gaps.reduce((sum, gap) => sum + gap, 0) + 2 * siteGap) / (gaps.length + 2));
  const held = (times: number, own: number): number => Math.min(Math.max(times * cadence, own / 3), own * 3);
  const dormantAfter = held(3, site.dormant);
  return { cadence, dormantAfter, churnedAfter: Math.max(held(6, site.churned), dormantAfter + 1) };
}

function stageOf(
  { orderDays, activeDays }: Known,
  today: number,
  cadence: number | null,
  dormantAfter: number,
  churnedAfter: number,
): string {
  const first = orderDays[0] ?? today;
  const last = orderDays.at(-1) ?? today;
  const quiet = today - last;
  if (quiet > churnedAfter) return 'churned';
  if (quiet > dormantAfter) return 'dormant';
  const before = orderDays.at(-2);
  if (before !== undefined && last - before > churnedAfter) return 'returned';
  if (orderDays.length === 1 || today - first <= 14) return 'introduction';
  const stretch = Math.max(30, 3 * (cadence ?? 0));
  const change = (days: readonly number[]): number =>
    days.filter(day => today - day < stretch).length -
    days.filter(day => today - day >= stretch && today - day < 2 * stretch).length;
  const [bought, came] = [change(orderDays), change(activeDays)];
  // Whichever falls more.
  const worse = Math.min(bought, came);
  return worse < 0 ? 'decline' : worse > 0 ? 'growth' : 'mature';
}

function segmentOf(r: number, f: number, m: number): string {
  if (r >= 4 && f >= 4 && m >= 4) return 'champions';
  if (r === 1 && f >= 4) return 'cannot_lose';
  if (r >= 3 && f >= 4) return 'loyal';
  if (r <= 2 && f >= 3) return 'at_risk';
  if (r >= 4 && f === 1) return 'new';
  if (r >= 3) return 'promising';
  return r === 2 ? 'hibernating' : 'lost';
}
