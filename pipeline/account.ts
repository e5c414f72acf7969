import type { Outcome } from './contract/outcome.ts';
import type { EncodedRows } from './sink/store.ts';

/**
 * What was read of a partition against what is written of it, since the worker began it. Rows are counted, not what the
 * fold believes to have given; the view `conservation` holds the tables themselves to the same.
 */
export interface Account {
  /** Records that the source gave, before the fold takes them. */
  read(records: number): void;
  /**
   * The rows of a flush: records read up to it less those that its rows and all before it account for. 0, or something
   * was lost or invented.
   */
  take(folded: Readonly<Record<Outcome, number>>, rows: readonly EncodedRows[]): number;
}

export function createAccount(): Account {
  let read = 0;
  let written = 0;
  return {
    read(records) {
      read += records;
    },
    take(folded, rows) {
      for (const { table, rows: n } of rows)
        if (table === 'event_rows' || table === 'dead_letter_rows') written += n;
      // These have no row of their own: the ledger alone tells of them.
      return read - written - folded.duplicate - folded.unconsented - folded.erased;
    },
  };
}
