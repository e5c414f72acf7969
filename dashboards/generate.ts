import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOARDS } from './boards.ts';
import { buildDashboard } from './build.ts';
import { alertRules } from './rules.ts';

export const DASHBOARDS = import.meta.dirname;

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * What is generated: path below dashboards/ → JSON. The number before a board's name is its place among them. `sites`: those
 * whose figures are watched.
 */
export function generated(sites?: readonly string[]): Map<string, string> {
  return new Map([
    ...BOARDS.map(
      (board, i) =>
        [
          `generated/${String(i + 1).padStart(2, '0')}-${board.name}.json`,
          json(buildDashboard(board)),
        ] as const,
    ),
    ['provisioning/alerting/rules.json', json(alertRules(sites))],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  const sites = process.argv.slice(2);
  const files = generated(sites.length > 0 ? sites : undefined);
  for (const name of readdirSync(join(DASHBOARDS, 'generated')))
    if (!files.has(`generated/${name}`)) rmSync(join(DASHBOARDS, 'generated', name));
  for (const [name, text] of files) writeFileSync(join(DASHBOARDS, name), text);
  process.stdout.write(`${files.size} files below ${DASHBOARDS}\n`);
}
