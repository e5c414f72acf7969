import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from 'chdb';
import { schemaObjects } from '../../pipeline/migrate/schema.ts';
import { type Finding, simulateFunctions } from './stats/simulate.ts';
import { fill, measure, RESULTS_MS_MAX, setUp } from './stats/speed.ts';
import { simulateViews } from './stats/views.ts';

/**
 * What experiments promise, counted by the SQL itself: false alarms, coverage, CUPED, sample ratio, on experiments whose truth is
 * known; and how long the views take for two million people. Exit 1 if anything is out of range.
 * `npm run bench:stats -- --only functions,views,speed --tests 2000 --people 2000000 --data DIR` (DIR is kept: a second run only asks).
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'functions,views,speed' },
    tests: { type: 'string', default: '2000' },
    people: { type: 'string', default: '2000000' },
    data: { type: 'string' },
  },
});
const only = values.only.split(',');
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function withDatabase<T>(directory: string | undefined, use: (session: Session, kept: boolean) => T): T {
  const path = directory ?? mkdtempSync(join(tmpdir(), 'footfall-stats-'));
  mkdirSync(path, { recursive: true });
  const session = new Session(path, { connectionArgs: ['--max_threads=2'] });
  try {
    const kept =
      session
        .query("SELECT count() FROM system.tables WHERE database = 'footfall' AND name = 'event_rows'", 'TSV')
        .trim() === '1';
    session.query('CREATE DATABASE IF NOT EXISTS footfall', 'TSV');
    for (const object of schemaObjects({ database: 'footfall' })) session.query(object.create, 'TSV');
    return use(session, kept);
  } finally {
    session.close();
    if (directory === undefined) rmSync(path, { recursive: true, force: true });
  }
}

function print(title: string, findings: Finding[]): void {
  process.stdout.write(`\n${title}\n`);
  for (const { what, expected, found, ok } of findings)
    process.stdout.write(
      `${what.padEnd(58)}${expected.padEnd(34)}${found.padStart(10)}  ${ok ? 'ok' : 'OUT OF RANGE'}\n`,
    );
}

const all: Finding[] = [];
const tests = Number(values.tests);
if (only.includes('functions')) {
  const findings = withDatabase(undefined, session => simulateFunctions(session, tests));
  print(`The functions, ${tests} simulated experiments of 1,600 people each`, findings);
  all.push(...findings);
}
if (only.includes('views')) {
  const findings = withDatabase(undefined, session => simulateViews(session, log));
  print('The views, from events', findings);
  all.push(...findings);
}
if (only.includes('speed')) {
  const people = Number(values.people);
  // One engine a process at a time: the empty one first.
  const planning = new Map(
    withDatabase(undefined, session => {
      setUp(session);
      return measure(session, [], 3);
    }).map(timing => [timing.view, timing]),
  );
  const timings = withDatabase(values.data, (session, kept) => {
    setUp(session);
    if (!kept) fill(session, people, log);
    return measure(session, [], 3);
  });
  print(
    `${people} people exposed, 5 metrics × 3 variations, two threads: wall ms, best of three (planning: the same on an empty database; CPU ms)`,
    timings.map(({ view, wallMs, cpuMs }) => ({
      what: view,
      expected: view === 'experiment_results' ? `≤ ${RESULTS_MS_MAX} for 2000000` : '',
      found: `${wallMs.toFixed(0)} (${planning.get(view)?.wallMs.toFixed(0)}; ${cpuMs.toFixed(0)})`,
      ok: view !== 'experiment_results' || wallMs <= RESULTS_MS_MAX,
    })),
  );
  all.push({
    what: 'speed',
    expected: '',
    found: '',
    ok: (timings.find(({ view }) => view === 'experiment_results')?.wallMs ?? 0) <= RESULTS_MS_MAX,
  });
}
process.exitCode = all.every(({ ok }) => ok) ? 0 : 1;
