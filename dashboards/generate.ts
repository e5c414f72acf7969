import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOARDS } from './boards.ts';
import { buildDashboard } from './build.ts';

export const GENERATED = join(import.meta.dirname, 'generated');

/** The files of dashboards/generated: name → JSON. The number before the name is the place among the boards. */
export function generated(): Map<string, string> {
  return new Map(
    BOARDS.map((board, i) => [
      `${String(i + 1).padStart(2, '0')}-${board.name}.json`,
      `${JSON.stringify(buildDashboard(board), null, 2)}\n`,
    ]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const files = generated();
  for (const name of readdirSync(GENERATED)) if (!files.has(name)) rmSync(join(GENERATED, name));
  for (const [name, text] of files) writeFileSync(join(GENERATED, name), text);
  process.stdout.write(`${files.size} dashboards in ${GENERATED}\n`);
}
