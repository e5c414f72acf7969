import { describe, expect, it } from 'vitest';
import { createAccount } from '../../pipeline/account.ts';
import type { EncodedRows } from '../../pipeline/sink/store.ts';

const rows = (table: EncodedRows['table'], n: number): EncodedRows => ({
  table,
  rows: n,
  body: Buffer.alloc(0),
});
const folded = { accepted: 0, duplicate: 0, unconsented: 0, erased: 0, rejected: 0 };

describe('what was read against what is written', () => {
  it('is nothing when each record has its row or is of those without one', () => {
    const account = createAccount();
    account.read(10);
    const first = { ...folded, accepted: 4, duplicate: 2, unconsented: 1, erased: 1, rejected: 2 };
    expect(account.take(first, [rows('event_rows', 4), rows('dead_letter_rows', 2)])).toBe(0);
    account.read(3);
    const rest = [rows('event_rows', 2), rows('session_rows', 2), rows('ledger_rows', 9)];
    expect(account.take({ ...first, accepted: 6, duplicate: 3 }, rest)).toBe(0);
    expect(account.take({ ...first, accepted: 6, duplicate: 3 }, [])).toBe(0);
  });

  it('tells of a row that is missing, whatever the fold says, and goes on telling', () => {
    const account = createAccount();
    account.read(5);
    expect(account.take({ ...folded, accepted: 5 }, [rows('event_rows', 4)])).toBe(1);
    account.read(1);
    expect(account.take({ ...folded, accepted: 6 }, [rows('event_rows', 1)])).toBe(1);
  });

  it('tells of a row too many', () => {
    const account = createAccount();
    account.read(2);
    expect(account.take({ ...folded, accepted: 2, duplicate: 1 }, [rows('event_rows', 2)])).toBe(-1);
  });
});
