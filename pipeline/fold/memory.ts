import { isTombstone, type Session, viewsHeld } from './session.ts';

/**
 * The sessions of one partition that are held in memory, and their floor: every session that ends at or after the
 * floor is here. Sessions below it may be here too.
 */
export interface Memory {
  /** Ms of event time. */
  readonly floor: number;
  /** Sessions held, tombstones included. */
  readonly size: number;
  /** Page views of the sessions held. */
  readonly views: number;
  /** The first of a visitor's sessions; go on by `next`. */
  head(site: string, visitor: string): Session | null;
  has(site: string, visitor: string, id: number): boolean;
  add(s: Session): void;
  /** A session that is here holds so many more page views. */
  addViews(count: number): void;
  setFloor(floor: number): void;
  all(): IterableIterator<Session>;
  /**
   * Lets go of what is clean, acknowledged and below the watermark's horizon or over a limit, oldest end first, and
   * raises the floor to match. Not while a batch is loaded and folded.
   */
  evict(options: {
    keepFrom: number;
    sessionsMax: number;
    pageViewsMax: number;
    acknowledgedFlush: number;
  }): void;
}

export function createMemory(): Memory {
  const sites = new Map<string, Map<string, Session>>();
  let floor = Number.NEGATIVE_INFINITY;
  let size = 0;
  let views = 0;

  function head(site: string, visitor: string): Session | null {
    return sites.get(site)?.get(visitor) ?? null;
  }

  function* all(): IterableIterator<Session> {
    for (const visitors of sites.values()) {
      for (const first of visitors.values()) {
        for (let s: Session | null = first; s !== null; s = s.next) yield s;
      }
    }
  }

  function remove(drop: (s: Session) => boolean): void {
    for (const [site, visitors] of sites) {
      for (const [visitor, first] of visitors) {
        let kept: Session | null = null;
        let changed = false;
        for (let s: Session | null = first; s !== null; ) {
          const next: Session | null = s.next;
          if (drop(s)) {
            changed = true;
            size--;
            views -= viewsHeld(s);
          } else {
            s.next = kept;
            kept = s;
          }
          s = next;
        }
        if (kept === null) visitors.delete(visitor);
        else if (changed || kept !== first) visitors.set(visitor, kept);
      }
      if (visitors.size === 0) sites.delete(site);
    }
  }

  return {
    get floor() {
      return floor;
    },
    get size() {
      return size;
    },
    get views() {
      return views;
    },
    head,
    has(site, visitor, id) {
      for (let s = head(site, visitor); s !== null; s = s.next) if (s.id === id) return true;
      return false;
    },
    add(s) {
      let visitors = sites.get(s.site);
      if (visitors === undefined) {
        visitors = new Map();
        sites.set(s.site, visitors);
      }
      s.next = visitors.get(s.visitor) ?? null;
      visitors.set(s.visitor, s);
      size++;
      views += viewsHeld(s);
    },
    addViews(count) {
      views += count;
    },
    setFloor(value) {
      floor = value;
    },
    all,
    evict({ keepFrom, sessionsMax, pageViewsMax, acknowledgedFlush }) {
      const clean = (s: Session): boolean => s.flush <= acknowledgedFlush;
      let limit = keepFrom;
      const held = size;
      if (held > sessionsMax) {
        // Down to nine tenths, so that the walk over all sessions is paid once in a while only.
        const ends = new Float64Array(held);
        let i = 0;
        for (const s of all()) ends[i++] = s.lastTime;
        ends.sort();
        const surplus = Math.min(held - 1, held - Math.floor(sessionsMax * 0.9));
        limit = Math.max(limit, (ends[surplus] ?? limit) + 1);
      }
      if (views > pageViewsMax) {
        const oldestFirst = [...all()].sort((a, b) => a.lastTime - b.lastTime);
        let kept = views;
        for (const s of oldestFirst) {
          if (kept <= pageViewsMax * 0.9) break;
          kept -= viewsHeld(s);
          limit = Math.max(limit, s.lastTime + 1);
        }
      }
      // What is below the limit but not clean stays: the floor only promises what must be here.
      remove(s => clean(s) && (isTombstone(s) || s.lastTime < limit));
      floor = Math.max(floor, limit);
    },
  };
}
