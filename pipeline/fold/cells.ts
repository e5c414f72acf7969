import type { Outcome } from '../contract/outcome.ts';
import type { FoldEvent } from './session.ts';

/** Offsets a block: cells are kept, written and loaded again a block at a time. */
export const BLOCK_OFFSETS = 2 ** 18;

export function blockOf(offset: number): number {
  return Math.floor(offset / BLOCK_OFFSETS);
}

/** What `minute_rows` counts: additive over partitions and blocks. */
export interface MinuteCell {
  readonly site: string;
  /** Ms. */
  readonly minute: number;
  readonly event_name: string;
  readonly country: string;
  readonly device: string;
  readonly platform: string;
  readonly currency: string;
  events: number;
  engagement_ms: number;
  value: number;
  quantity: number;
  /** Offsets below it are in the sums already (the version of the row that it was loaded from). */
  fence: number;
  dirty: boolean;
}

/** What `ledger_rows` counts. */
export interface LedgerCell {
  /** Ms. */
  readonly hour: number;
  readonly site: string;
  readonly platform: string;
  readonly outcome: Outcome | 'consumed' | 'misplaced';
  readonly reason: string;
  records: number;
  fence: number;
  dirty: boolean;
}

/** The cells of one block. A cell's row is written with the offset up to which it is whole, which fences replays. */
export interface Block {
  readonly block: number;
  addEvent(offset: number, e: FoldEvent & { items: ReadonlyArray<{ quantity: number }> }): void;
  addRecord(
    offset: number,
    arrival: number,
    site: string,
    platform: string,
    outcome: LedgerCell['outcome'],
    reason: string,
  ): void;
  restoreMinute(cell: MinuteCell): void;
  restoreLedger(cell: LedgerCell): void;
  /** Gives each changed cell once and takes it as clean. */
  takeDirty(minute: (cell: MinuteCell) => void, ledger: (cell: LedgerCell) => void): void;
  readonly size: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

// Lengths in the keys: fields that people fill may hold any separator.
function minuteKey(
  minute: number,
  name: string,
  currency: string,
  site: string,
  country: string,
  device: string,
  platform: string,
): string {
  return `${minute} ${name} ${currency} ${site.length} ${country.length} ${device.length} ${site}${country}${device}${platform}`;
}

function ledgerKey(hour: number, outcome: string, reason: string, site: string, platform: string): string {
  return `${hour} ${outcome} ${reason} ${site.length} ${site}${platform}`;
}

export function createBlock(block: number): Block {
  const minutes = new Map<string, MinuteCell>();
  const ledger = new Map<string, LedgerCell>();
  let dirtyMinutes: MinuteCell[] = [];
  let dirtyLedger: LedgerCell[] = [];
  // Records of one kind come in runs: the cell of the last one of each outcome spares most look-ups.
  const recent = new Map<string, LedgerCell>();

  return {
    block,
    addEvent(offset, e) {
      const minute = Math.floor(e.event_time / MINUTE_MS) * MINUTE_MS;
      const currency = e.currency ?? '';
      const key = minuteKey(minute, e.event_name, currency, e.site, e.country, e.device, e.platform);
      let cell = minutes.get(key);
      if (cell === undefined) {
        cell = {
          site: e.site,
          minute,
          event_name: e.event_name,
          country: e.country,
          device: e.device,
          platform: e.platform,
          currency,
          events: 0,
          engagement_ms: 0,
          value: 0,
          quantity: 0,
          fence: 0,
          dirty: false,
        };
        minutes.set(key, cell);
      }
      if (offset < cell.fence) return;
      cell.events++;
      cell.engagement_ms += e.engagement_time_ms;
      cell.value += e.value;
      for (const item of e.items) cell.quantity += item.quantity;
      if (!cell.dirty) {
        cell.dirty = true;
        dirtyMinutes.push(cell);
      }
    },
    addRecord(offset, arrival, site, platform, outcome, reason) {
      const hour = Math.floor(arrival / HOUR_MS) * HOUR_MS;
      let cell = recent.get(outcome);
      if (cell?.hour !== hour || cell.site !== site || cell.platform !== platform || cell.reason !== reason) {
        const key = ledgerKey(hour, outcome, reason, site, platform);
        cell = ledger.get(key);
        if (cell === undefined) {
          cell = { hour, site, platform, outcome, reason, records: 0, fence: 0, dirty: false };
          ledger.set(key, cell);
        }
        recent.set(outcome, cell);
      }
      if (offset < cell.fence) return;
      cell.records++;
      if (!cell.dirty) {
        cell.dirty = true;
        dirtyLedger.push(cell);
      }
    },
    restoreMinute(c) {
      minutes.set(minuteKey(c.minute, c.event_name, c.currency, c.site, c.country, c.device, c.platform), c);
    },
    restoreLedger(c) {
      ledger.set(ledgerKey(c.hour, c.outcome, c.reason, c.site, c.platform), c);
    },
    takeDirty(minute, record) {
      for (const cell of dirtyMinutes) {
        cell.dirty = false;
        minute(cell);
      }
      for (const cell of dirtyLedger) {
        cell.dirty = false;
        record(cell);
      }
      dirtyMinutes = [];
      dirtyLedger = [];
    },
    get size() {
      return minutes.size + ledger.size;
    },
  };
}
