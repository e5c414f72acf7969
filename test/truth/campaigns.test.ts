import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeEventFile } from '../../pipeline/contract/eventFile.ts';
import type { EventInput } from '../../pipeline/contract/schema.ts';
import { loadFile } from '../../pipeline/load/load.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { replayFiles } from '../../pipeline/replay.ts';
import { DAY_MS, isoDay } from '../../pipeline/simulate/calendar.ts';
import type { ArmCounts, TruthCounts } from '../../pipeline/simulate/counts.ts';
import { errandEvents } from '../../pipeline/simulate/errand.ts';
import { wasSent } from '../../pipeline/simulate/identities.ts';
import { SHOP } from '../../pipeline/simulate/shop.ts';
import { createShop, type Shop } from '../../pipeline/simulate/simulate.ts';
import { armRows, type TableRow, tablesOf } from '../../pipeline/simulate/tables.ts';
import { createTruth } from '../../pipeline/simulate/truth.ts';
import { eventsOf } from '../../pipeline/simulate/visit.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import { asker } from './compare.ts';

/**
 * The mailings with people held out, over a shop large enough for dozens in each arm. Only of the people who were chosen everything
 * is loaded: nobody else is in either view.
 */
const given = { seed: 'arms', visitors: 20_000, start: Date.UTC(2026, 8, 24), days: 40 };
const CAMPAIGNS = ['welcome_series', 'winback_autumn'] as const;

interface CampaignRow {
  campaign: string;
  mature: number;
  comparison: string;
  treated: number;
  held_out: number;
  effect: number;
  effect_low: number;
  effect_high: number;
}

interface WinbackRow {
  campaign: string;
  comparison: string;
  treated: number;
  held_out: number;
  returned_treated: number;
  returned_held_out: number;
  incremental: number;
  incremental_low: number;
  incremental_high: number;
}

let truth: Record<string, Record<'treated' | 'held_out', ArmCounts>>;
let campaigns: CampaignRow[];
let winback: WinbackRow[];

/** Everything that the people in an arm do and are told within the period; what is made is told to `counted`. */
function* chosenEvents(
  shop: Shop,
  counted: ReturnType<typeof createTruth>,
  arms: TableRow[],
): Generator<EventInput, void, void> {
  const { end } = shop.calendar;
  for (const life of shop.lives(end)) {
    const rows = armRows(life, end);
    if (rows.length === 0) continue;
    arms.push(...rows);
    counted.observer.life?.(life);
    for (const visit of life.visits) {
      if (!wasSent(visit, end)) continue;
      const events = eventsOf(life, visit);
      counted.observer.visit?.(life, visit, events);
      yield* events;
    }
    for (const [number, errand] of life.errands.entries())
      if (errand.at < end) yield* errandEvents(life, number);
  }
}

beforeAll(async () => {
  const shop = createShop(given);
  const counted = createTruth(shop);
  const folder = await mkdtemp(join(tmpdir(), 'footfall-campaigns-'));
  const clickhouse = await startTestClickHouse();
  try {
    const client = clickhouse.client();
    const database = 'footfall';
    await migrateDatabase({ client, database });
    const arms: TableRow[] = [];
    const path = join(folder, 'events.avro');
    await writeEventFile(path, chosenEvents(shop, counted, arms));
    const { sites = [], fx_rates = [], campaign_plans = [] } = tablesOf(shop);
    for (const [table, rows] of Object.entries({ sites, fx_rates, campaign_plans, campaign_people: arms })) {
      const file = join(folder, `${table}.jsonl`);
      await writeFile(file, rows.map(row => JSON.stringify(row)).join('\n'));
      const { bad } = await loadFile({ client, database, table: table as 'sites', path: file });
      expect(bad, table).toEqual([]);
    }
    await replayFiles({ client, database, paths: [path], log: pino({ level: 'silent' }) });
    truth = (counted.sites().shop as TruthCounts).campaigns;
    const ask = asker(client);
    const period = `site = 'shop', since = '${isoDay(given.start)}', until = '${isoDay(given.start + given.days * DAY_MS)}'`;
    campaigns = await ask(
      `SELECT campaign, mature, comparison, treated, held_out, effect, effect_low, effect_high
       FROM footfall.campaigns(${period}) WHERE campaign IN ('welcome_series', 'winback_autumn') ORDER BY campaign`,
    );
    winback = await ask(`SELECT * FROM footfall.winback(${period})`);
  } finally {
    await clickhouse.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

const armsOf = (campaign: string): Record<'treated' | 'held_out', ArmCounts> => {
  const arms = truth[campaign];
  if (arms === undefined) throw new Error(`nobody was chosen for ${campaign}`);
  return arms;
};

describe.each(CAMPAIGNS)('campaigns: %s', campaign => {
  const row = (): CampaignRow | undefined => campaigns.find(one => one.campaign === campaign);

  test('twenty and more in each arm, as many as were chosen', () => {
    const { treated, held_out } = armsOf(campaign);
    expect(Math.min(treated.people, held_out.people)).toBeGreaterThanOrEqual(20);
    expect(row()).toMatchObject({
      mature: 1,
      comparison: 'treated - held out',
      treated: treated.people,
      held_out: held_out.people,
    });
  });

  test('the effect is the difference of what the arms bought a person on its days', () => {
    const { treated, held_out } = armsOf(campaign);
    expect(treated.ordered).toBeGreaterThan(0);
    const mean = (arm: ArmCounts): number => arm.revenue / arm.people / 100;
    expect(row()?.effect).toBeCloseTo(mean(treated) - mean(held_out), 9);
    const spread = (arm: ArmCounts): number =>
      (arm.revenueSquares - arm.revenue ** 2 / arm.people) / (arm.people - 1) / arm.people / 100 ** 2;
    const error = Math.sqrt(spread(treated) + spread(held_out));
    const half = ((row()?.effect_high ?? 0) - (row()?.effect_low ?? 0)) / 2;
    // Welch's quantile at as many people as here.
    expect(half / error).toBeGreaterThan(1.96);
    expect(half / error).toBeLessThan(2.1);
  });
});

describe('what the model put in lies within the intervals of the views', () => {
  const { visits, orders } = SHOP.messages.winback;

  test('campaigns: revenue a person that the winback brings', () => {
    const { p, q, gamma } = SHOP.gammaGamma;
    const worth = (p * gamma) / (q - 1);
    const row = campaigns.find(one => one.campaign === 'winback_autumn');
    expect(visits * orders * worth).toBeGreaterThan(row?.effect_low ?? Number.POSITIVE_INFINITY);
    expect(visits * orders * worth).toBeLessThan(row?.effect_high ?? Number.NEGATIVE_INFINITY);
  });

  test('winback: people who come back because of it, beside those who would have', () => {
    const { treated, held_out } = armsOf('winback_autumn');
    const [row] = winback;
    expect(row).toMatchObject({
      campaign: 'winback_autumn',
      comparison: 'treated - held out',
      treated: treated.customers,
      held_out: held_out.customers,
      returned_treated: treated.customersReturned,
      returned_held_out: held_out.customersReturned,
    });
    const stayAway = 1 - held_out.customersReturned / held_out.customers;
    const brought = visits * stayAway * treated.customers;
    expect(brought).toBeGreaterThan(row?.incremental_low ?? Number.POSITIVE_INFINITY);
    expect(brought).toBeLessThan(row?.incremental_high ?? Number.NEGATIVE_INFINITY);
  });
});
