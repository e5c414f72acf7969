import { describe, expect, it } from 'vitest';
import { history } from './crashModel.ts';

// The long form is a command: npm run -s model.
const HISTORIES = Number(process.env.FOOTFALL_MODEL_HISTORIES ?? 400);

describe('after crashes, evictions and zombies the tables are what the log alone makes', () => {
  it(`in ${HISTORIES} random histories`, async () => {
    for (let seed = 1; seed <= HISTORIES; seed++) expect(await history(seed)).toEqual([]);
  }, 300_000);

  it('and would not be if rows that are ahead were trusted', async () => {
    let wrong = 0;
    for (let seed = 1; seed <= 60; seed++) wrong += (await history(seed, 'trust_ahead')).length > 0 ? 1 : 0;
    expect(wrong).toBeGreaterThan(0);
  }, 120_000);
});
