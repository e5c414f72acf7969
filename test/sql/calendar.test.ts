import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstDay, type Grain, periodOf } from '../oracle/views/life.ts';
import { sqlFiles } from '../support/warehouse.ts';

const DAY = 86_400_000;
let session: Session;
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'footfall-calendar-'));
  session = new Session(directory);
  for (const file of sqlFiles('functions')) session.query(file.text.replace(/;\s*$/, ''), 'TSV');
});
afterAll(() => {
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

function ask<T>(sql: string): T[] {
  const lines = session.query(sql, 'JSONCompactEachRow').split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as T);
}
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

describe('day_start is the first ms of a local day, as the calendar of Node has it', () => {
  it.each([
    ['Europe/Berlin', '2026-01-01', '2027-01-10', 'changes at 2 and 3 in the morning'],
    ['America/New_York', '2026-01-01', '2027-01-10', 'days of 23 and of 25 hours'],
    ['Australia/Lord_Howe', '2026-01-01', '2027-01-10', 'days of 23.5 and of 24.5 hours'],
    ['America/Sao_Paulo', '2017-01-01', '2019-12-31', 'days that began at 1, and evenings of two elevens'],
    ['America/Havana', '2026-01-01', '2026-12-31', 'days with two midnights'],
    ['Asia/Kathmandu', '2026-01-01', '2026-02-01', 'a quarter of an hour beside the rest'],
    ['Pacific/Kiritimati', '2026-01-01', '2026-02-01', '14 hours ahead'],
    ['Pacific/Pago_Pago', '2026-01-01', '2026-02-01', '11 hours behind'],
  ])('%s, %s to %s: %s', (zone, since, until) => {
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    });
    const localDay = (ms: number): number => dayOf(format.format(ms));
    const firstMs = (day: number): number => {
      let [before, in_] = [day * DAY - 15 * 3_600_000, day * DAY + 15 * 3_600_000];
      while (in_ - before > 1) {
        const middle = Math.floor((before + in_) / 2);
        if (localDay(middle) >= day) in_ = middle;
        else before = middle;
      }
      return in_;
    };
    const days = Array.from({ length: dayOf(until) - dayOf(since) + 1 }, (_, n) => dayOf(since) + n);
    const found = ask<[string, string, string, string]>(
      `SELECT d, toUnixTimestamp64Milli(day_start(d, '${zone}')), day_of(day_start(d, '${zone}'), '${zone}'),
         day_of(day_start(d, '${zone}') - toIntervalMillisecond(1), '${zone}')
       FROM (SELECT toDate('${since}') + number AS d FROM numbers(${days.length}))`,
    );
    expect(found.map(([d, ms, same, before]) => [d, Number(ms), same, before])).toEqual(
      days.map(day => [dateOf(day), firstMs(day), dateOf(day), dateOf(day - 1)]),
    );
  });
});

describe('periods', () => {
  // Six years: 2020 has 53 ISO weeks and a leap day, 2021 begins in the year before's, 2024 on a Monday.
  const first = dayOf('2019-12-20');
  const days = Array.from({ length: 2_200 }, (_, n) => first + n);
  const DAYS = `(SELECT toDate('${dateOf(first)}') + number AS d FROM numbers(${days.length}))`;

  it.each<Grain>(['day', 'week', 'month'])('period_start, period_add and period_age by %s', grain => {
    const steps = [-53, -12, -1, 0, 1, 12, 53];
    const found = ask<[string, string[], string[]]>(
      `SELECT period_start(d, '${grain}') AS p, arrayMap(n -> period_add(p, '${grain}', n), [${steps}]) AS added,
         arrayMap(a -> toString(period_age(p, a, '${grain}')), added)
       FROM ${DAYS}`,
    );
    expect(found).toEqual(
      days.map(day => {
        const period = periodOf(day, grain);
        return [firstDay(period, grain), steps.map(n => firstDay(period + n, grain)), steps.map(String)];
      }),
    );
  });

  it.each<Grain>(['day', 'week', 'month'])('period_list by %s is gap-free, both ends in', grain => {
    for (const [since, until] of [
      ['2020-12-27', '2021-01-04'],
      ['2020-02-28', '2020-03-01'],
      ['2023-12-31', '2024-01-01'],
      ['2024-01-01', '2024-01-01'],
    ] as const) {
      const from = periodOf(dayOf(since), grain);
      const length = periodOf(dayOf(until), grain) - from + 1;
      expect(ask(`SELECT period_list(toDate('${since}'), toDate('${until}'), '${grain}')`)).toEqual([
        [Array.from({ length }, (_, n) => firstDay(from + n, grain))],
      ]);
    }
    expect(ask(`SELECT period_list(toDate('2024-01-02'), toDate('2024-01-01'), '${grain}')`)).toEqual([[[]]]);
  });
});
