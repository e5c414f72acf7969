import { type SqlFile, sqlFiles } from '../pipeline/migrate/schema.ts';

const files = new Map<string, SqlFile>();
for (const layer of ['base', 'marts'] as const)
  for (const file of sqlFiles(layer)) files.set(file.name, file);

/** What a view's head says: its grain and its definition. Throws for a view that is not there. */
export function definitionOf(view: string): string {
  const text = files.get(view)?.text;
  if (text === undefined) throw new Error(`no view ${view} in sql/base or sql/marts`);
  const head = text
    .split('\n')
    .slice(
      0,
      text.split('\n').findIndex(line => !line.startsWith('--')),
    )
    .map(line => line.replace(/^-- ?/, ''))
    .join('\n')
    // A line that goes on is indented.
    .replace(/\n {2,}/g, ' ')
    .split('\n');
  const of = (label: string): string | undefined =>
    head.find(line => line.startsWith(`${label}: `))?.slice(label.length + 2);
  const grain = of('Grain');
  if (grain === undefined) throw new Error(`sql: ${view} has no grain at its head`);
  return [of('Definition'), `One row: ${grain}`, `View: ${view}`]
    .filter(line => line !== undefined)
    .join('\n\n');
}
