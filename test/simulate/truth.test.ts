import { beforeAll, describe, expect, test } from 'vitest';
import type { TruthCounts } from '../../pipeline/simulate/counts.ts';
import type { SimulatedRecord } from '../../pipeline/simulate/damage.ts';
import { identitiesOf } from '../../pipeline/simulate/identities.ts';
import { createShop, type Shop } from '../../pipeline/simulate/simulate.ts';
import { createTruth } from '../../pipeline/simulate/truth.ts';
import { type Recount, recount } from './recount.ts';

/** All of a shop's records, and what it says of them. */
function made(seed: string): { shop: Shop; records: SimulatedRecord[]; counts: TruthCounts } {
  // Over the change of Berlin's clocks on 25 October.
  const shop = createShop({ seed, visitors: 3_000, start: Date.UTC(2026, 8, 10), days: 60 });
  const truth = createTruth(shop);
  const records: SimulatedRecord[] = [];
  for (const hour of shop.history({ misframed: true, observer: truth.observer })) {
    for (const record of hour) {
      truth.record(record);
      records.push(record);
    }
  }
  return { shop, records, counts: truth.sites().shop as TruthCounts };
}

describe.each(['1', 'another shop'])('counts of seed %s are what the records hold', seed => {
  let counts: TruthCounts;
  let found: Recount;
  beforeAll(() => {
    const all = made(seed);
    counts = all.counts;
    found = recount(all.records, all.shop.calendar.experiments);
  });

  test.each([
    'records',
    'accepted',
    'duplicate',
    'unconsented',
    'rejected',
    'events',
    'total',
    'channels',
    'devices',
    'countries',
    'days',
    'visitors',
    'people',
    'retention',
    'currencies',
    'experiments',
  ] as const)('%s', name => {
    expect(counts[name]).toEqual(found[name]);
  });

  test('bots', () => {
    const bots = Object.values(counts.bots);
    expect(bots.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(found.botSessions);
    expect(bots.reduce((sum, { events }) => sum + events, 0)).toBe(found.botEvents);
    expect(found.botSessions).toBeGreaterThan(50);
  });

  test('there is something of everything to count', () => {
    expect(counts.total.purchase).toBeGreaterThan(50);
    expect(counts.lost.visits).toBeGreaterThan(0);
    expect(Object.keys(counts.campaigns).sort()).toEqual(['welcome_series', 'winback_autumn']);
    for (const reason of [
      'bad_id',
      'bad_name',
      'bad_time',
      'future',
      'bad_money',
      'empty',
      'unframed',
      'undecodable',
    ] as const) {
      expect(counts.rejected[reason], reason).toBeGreaterThan(0);
    }
  });
});

test('what the back end says of an account makes its browser known, also where the sign-up was lost', () => {
  const shop = createShop({ seed: '1', visitors: 2_000, start: Date.UTC(2026, 8, 10), days: 60 });
  const { end } = shop.calendar;
  const twoBrowsers = [...shop.lives(end)].find(
    life =>
      life.person.consentAnalytics &&
      new Set(life.visits.filter(visit => visit.at < end).map(visit => visit.device)).size === 2 &&
      life.visits.every(visit => !visit.lost && visit.syncedAt === 0),
  );
  if (twoBrowsers === undefined) throw new Error('nobody has two browsers');
  const stranger = {
    ...twoBrowsers,
    errands: [],
    visits: twoBrowsers.visits.map(visit => ({ ...visit, signIn: 'no' as const })),
  };
  expect(identitiesOf(stranger, end).map(({ devices }) => devices)).toEqual([[0], [1]]);
  const errand = { what: 'ship' as const, order: -1, signedIn: true, campaign: '', points: 0 };
  const both = [0, 1].map(device => ({ ...errand, device, at: end - 1 }));
  expect(identitiesOf({ ...stranger, errands: both }, end).map(({ devices }) => devices)).toEqual([[0, 1]]);
  const tooLate = both.map(each => ({ ...each, at: end }));
  expect(identitiesOf({ ...stranger, errands: tooLate }, end)).toHaveLength(2);
});
