import type { Judged } from './fold/judged.ts';
import { rowEncoder } from './sink/layout.ts';
import { createRowWriter } from './sink/rowBinary.ts';
import type { Store } from './sink/store.ts';

interface SiteGapRow {
  site: string;
  gap_ms: number;
  pinned_at: number;
}

const encodeGap = rowEncoder<object, SiteGapRow>('site_gaps', []);

/**
 * The session gap of each site, pinned before the site's first event is folded anywhere: inserted, then read back, and
 * the oldest pin of all workers holds. What people set in `sites` later changes nothing that is folded.
 */
export interface Gaps {
  /** Ms; undefined: not known here yet. */
  gapOf(site: string): number | undefined;
  /** Learns the pins of sites whose events are in the tables already. */
  load(sites: readonly string[]): Promise<void>;
  /** Pins the gaps of new sites; events of sites above the limit come back rejected. */
  admit(batch: Judged[]): Promise<Judged[]>;
}

export function createGaps(options: { store: Store; sitesMax: number; pinned?: () => void }): Gaps {
  const { store, sitesMax } = options;
  const gaps = new Map<string, number>();
  const refused = new Set<string>();

  async function load(sites: readonly string[]): Promise<void> {
    const unknown = sites.filter(site => !gaps.has(site));
    if (unknown.length === 0) return;
    for (const { site, gapMs } of await store.gaps(unknown)) gaps.set(site, gapMs);
  }

  async function pin(site: string): Promise<void> {
    await load([site]);
    if (gaps.has(site)) return;
    if ((await store.countSites()) >= sitesMax) {
      refused.add(site);
      return;
    }
    const [configured] = await store.configuredGaps([site]);
    if (configured === undefined) throw new Error(`the store gave no session gap for site ${site}`);
    const w = createRowWriter(256);
    encodeGap(w, {}, { site, gap_ms: configured.gapMs, pinned_at: Date.now() });
    await store.insert({ table: 'site_gaps', rows: 1, body: w.take() });
    await load([site]);
    if (!gaps.has(site))
      throw new Error(`the session gap of site ${site} was written but cannot be read back`);
    options.pinned?.();
  }

  return {
    gapOf: site => gaps.get(site),
    load,
    async admit(batch) {
      let anyRefused = false;
      for (const j of batch) {
        if (j.kind !== 'event' || gaps.has(j.event.site)) continue;
        if (!refused.has(j.event.site)) await pin(j.event.site);
        anyRefused ||= refused.has(j.event.site);
      }
      return anyRefused ? batch.map(refuse) : batch;
    },
  };

  function refuse(j: Judged): Judged {
    if (j.kind !== 'event' || !refused.has(j.event.site)) return j;
    return {
      kind: 'rejected',
      offset: j.offset,
      arrival: j.arrival,
      rejection: {
        reason: 'bad_id',
        detail: `site ${j.event.site}: there are ${sitesMax} sites already (SITES_MAX)`,
      },
      record: j.record,
      site: '',
      platform: j.event.platform,
      replayOf: j.replayOf,
    };
  }
}
