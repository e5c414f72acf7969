import { sqlFiles } from './warehouse.ts';

/** The catalogue of views as Markdown, from the comments at the head of each file in sql/: so it cannot say anything else. */
export function catalogue(): string {
  const lines = [
    '# The views',
    '',
    'Made from the comments of `sql/` by `npm run -s docs:views`; a test fails when it is not. Change the comment, not this page.',
    '',
    '## Add a view in five steps',
    '',
    '1. Write down five events and the rows that you expect of them, in `test/golden/VIEW/CASE/`: `title.txt` (the edges it holds),',
    '   `events.jsonl` (only the fields that matter), `query.sql`, `expected.tsv`; `tables.sql` for rows of `sites` and its like.',
    "2. Create `sql/marts/VIEW.sql` (its name is the view's) with the head that every file has: `-- Grain:`, `-- Parameters:`,",
    '   `-- Definition:`, `-- Source:`. Qualify every name: `footfall.visits`. A mart reads base views only; what needs a table',
    '   belongs in `sql/base/`.',
    '3. Start from the base view that has your grain: `visits` (sessions with person and dimension), `visit_events` (events of some',
    '   names), `visit_orders` and `order_lines` (money), `funnel_attempts`, `person_history` and `person_state` (people over time).',
    '   Turn days into instants with `day_start(day, site_zone(site))` and filter on those: raw UTC prunes.',
    '4. Ask the parameters first: `WHERE (SELECT ok FROM footfall.check_period(…)) = 0`. What is not yet known is NULL, not 0.',
    '5. Run `npx vitest run test/golden test/sql` (names, layers, wrong parameters and the empty site are tested for every file) and',
    '   `npm run -s docs:views`.',
    '',
  ];
  for (const [layer, title] of [
    ['marts', 'What analysts ask'],
    ['base', 'What those are made of'],
    ['functions', 'Functions'],
  ] as const) {
    lines.push(`## ${title}`, '');
    for (const file of sqlFiles(layer)) {
      const head = file.text.split('\n').slice(
        0,
        file.text.split('\n').findIndex(line => !line.startsWith('--')),
      );
      const text = head
        .map(line => line.replace(/^-- ?/, ''))
        .join('\n')
        .replace(/\n {2,}/g, ' ');
      lines.push(`### ${file.name}`, '');
      if (layer === 'functions') lines.push(text.replaceAll('\n', ' ').replace(/^Returns: /, ''), '');
      else
        for (const line of text.split('\n')) {
          const label = /^(Grain|Parameters|Definition|Source): /.exec(line);
          lines.push(label ? `- **${label[1]}**: ${line.slice(label[0].length)}` : `  ${line}`);
        }
      lines.push('');
    }
  }
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}
