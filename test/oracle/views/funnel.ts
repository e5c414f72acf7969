import type { Ev } from './people.ts';

export type Mode = '' | 'strict_order' | 'strict_deduplication' | 'strict_increase';

export interface FunnelAsked {
  steps: string[];
  withinMs: number;
  mode: Mode;
  /** Entries lie in [from, to). */
  from: number;
  to: number;
  asOf: number;
}

export interface Attempt {
  depth: number;
  matureDepth: number;
  open: boolean;
  /** One a step of the list; 0: not reached. */
  stepTimes: number[];
}

interface Step {
  names: string[];
  optional: boolean;
  key: string;
  value: string;
}

function parse(step: string): Step {
  const colon = step.indexOf(':');
  const head = colon < 0 ? step : step.slice(0, colon);
  const [key = '', value = ''] = colon < 0 ? [] : step.slice(colon + 1).split(/=(.*)/s);
  return { names: head.replace('?', '').split('|'), optional: head.endsWith('?'), key, value };
}

function fits(e: Ev, step: Step): boolean {
  if (!step.names.includes(e.event_name)) return false;
  if (step.key === '') return true;
  const field = (e as unknown as Record<string, unknown>)[step.key];
  return (field === undefined ? (e.params?.[step.key] ?? '') : String(field)) === step.value;
}

/** What interrupts strict_order beside the steps themselves. */
const SHOP = new Set(
  (
    'page_view view_item_list select_item view_item add_to_wishlist add_to_cart remove_from_cart view_cart begin_checkout ' +
    'add_shipping_info add_payment_info payment_attempt payment_failed purchase refund search view_promotion select_promotion'
  ).split(' '),
);

/** Earliest time at which each required step is reached from one entry, by trying every choice of events. */
function reach(events: Ev[], entry: Ev, required: Step[], asked: FunnelAsked): number[] {
  const end = entry.event_time + asked.withinMs;
  const best: number[] = [entry.event_time];
  if (asked.mode === '' || asked.mode === 'strict_increase') {
    const seen = new Set<string>();
    const go = (k: number, time: number, used: Ev[]): void => {
      const state = `${k} ${time} ${used
        .filter(e => e.event_time === time)
        .map(e => e.event_id)
        .sort()}`;
      if (seen.has(state)) return;
      seen.add(state);
      const step = required[k];
      if (step === undefined) return;
      for (const e of events) {
        const after = asked.mode === '' ? e.event_time >= time : e.event_time > time;
        if (!after || e.event_time > end || used.includes(e) || !fits(e, step)) continue;
        best[k] = Math.min(best[k] ?? Number.POSITIVE_INFINITY, e.event_time);
        go(k + 1, e.event_time, [...used, e]);
      }
    };
    go(1, entry.event_time, [entry]);
    return best;
  }
  // Events of one time stand in the order of the steps that they can fill.
  for (const e of events.slice(events.indexOf(entry) + 1)) {
    if (e.event_time > end) break;
    const next = required[best.length];
    if (next !== undefined && fits(e, next)) best.push(e.event_time);
    else if (asked.mode === 'strict_order') break;
    else if (required.slice(1, best.length).some(step => fits(e, step))) break;
  }
  return best;
}

/** One person's attempts. null: no entry in the period. */
export function attemptOf(all: Ev[], asked: FunnelAsked): Attempt | null {
  const steps = asked.steps.map(parse);
  const required = steps.filter(step => !step.optional);
  const rank = (e: Ev): number => steps.reduce((sum, step, i) => sum + (fits(e, step) ? 2 ** i : 0), 0);
  const events = all
    .filter(
      e =>
        rank(e) > 0 ||
        (asked.mode === 'strict_order' &&
          (SHOP.has(e.event_name) || steps.some(s => s.names.includes(e.event_name)))),
    )
    .sort((a, b) => a.event_time - b.event_time || rank(a) - rank(b));
  const first = required[0];
  if (first === undefined) throw new Error('no required step');
  const entries = events.filter(e => fits(e, first) && e.event_time >= asked.from && e.event_time < asked.to);
  if (entries.length === 0) return null;
  const tries = entries.map(entry => reach(events, entry, required, asked));
  const depth = Math.max(...tries.map(t => t.length));
  const deepest = tries.filter(t => t.length === depth);
  const end = Math.min(...deepest.map(t => t.at(-1) ?? 0));
  const shown = deepest.filter(t => t.at(-1) === end).sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0))[0] ?? [];
  let reached = 0;
  const stepTimes = steps.map(step => {
    if (!step.optional) return shown[reached++] ?? 0;
    const [before, after] = [shown[reached - 1], shown[reached]];
    if (before === undefined || after === undefined) return 0;
    const [left, right] = [required[reached - 1], required[reached]];
    const between = events.find(
      e =>
        fits(e, step) &&
        e.event_time >= before &&
        e.event_time <= after &&
        !(left && e.event_time === before && fits(e, left)) &&
        !(right && e.event_time === after && fits(e, right)),
    );
    return between?.event_time ?? 0;
  });
  const isOpen = (entry: Ev): boolean => entry.event_time + asked.withinMs > asked.asOf;
  return {
    depth,
    matureDepth: Math.max(0, ...tries.filter((_, i) => !isOpen(entries[i] as Ev)).map(t => t.length)),
    open: entries.some(isOpen),
    stepTimes,
  };
}
