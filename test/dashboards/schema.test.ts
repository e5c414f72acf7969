import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dashboards, panelsOf } from './grafana.ts';

// Grafana publishes its schema as TypeScript: the types of its SDK, generated from the CUE that Grafana itself is built
// of. The committed JSON is held against them by the compiler: as literals, so that what the schema does not know is an
// error, too; and where the dashboard's schema says `any` (a panel's options and custom fields), by the panel's own.

const require = createRequire(import.meta.url);
const SDK = join(require.resolve('@grafana/grafana-foundation-sdk/dashboard'), '../..');
const TSC = join(require.resolve('typescript/package.json'), '../bin/tsc');
const RULES = join(import.meta.dirname, '../../dashboards/provisioning/alerting/rules.json');
const MODULES = [
  'alerting',
  'barchart',
  'common',
  'dashboard',
  'expr',
  'prometheus',
  'stat',
  'table',
  'timeseries',
];

let folder: string;

/** An enum takes no literal: it becomes the union of its values. */
function literal(types: string): string {
  return types.replace(/export declare enum (\w+) \{([^}]*)\}/g, (_, name: string, body: string) => {
    const members = [...body.matchAll(/(\w+) = ("[^"]*"|-?\d+)/g)].map(([, key = '', value = '']) => ({
      key,
      value,
    }));
    const union = members.map(({ value }) => value).join(' | ');
    const each = members.map(({ key, value }) => `    type ${key} = ${value};`).join('\n');
    return `export type ${name} = ${union};\nexport declare namespace ${name} {\n${each}\n}`;
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footfall-schema-'));
  for (const name of MODULES) {
    const types = await readFile(join(SDK, name, 'types.gen.d.ts'), 'utf8');
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'index.d.ts'), literal(types));
  }
  // A query is its data source's own: those of Prometheus are looked at below, ClickHouse's plugin has no such types.
  await mkdir(join(folder, 'cog'));
  await writeFile(
    join(folder, 'cog/index.d.ts'),
    'export interface Dataquery { [name: string]: unknown }\nexport interface Builder<T> { build(): T }\n',
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The panel's type → the module of its options; of those without options of their own, none. */
const PANELS = { timeseries: 'timeseries', stat: 'stat', barchart: 'barchart', table: 'table' } as const;

function statements({ dashboard }: { dashboard: Dashboard }): string[] {
  const lines: string[] = [];
  const add = (type: string, value: unknown): void => {
    lines.push(`(${JSON.stringify(value, null, 1)}) satisfies ${type};`);
  };
  add('dashboard.Dashboard', { ...dashboard, panels: [] });
  for (const panel of dashboard.panels ?? [])
    add(panel.type === 'row' ? 'dashboard.RowPanel' : 'dashboard.Panel', panel);
  for (const panel of panelsOf(dashboard)) {
    const module = PANELS[panel.type as keyof typeof PANELS];
    expect(module, `${panel.title} is a ${panel.type}`).toBeDefined();
    // What the page of `serve` draws by; Grafana leaves it alone.
    const { preview, empty, ...options } = panel.options as Record<string, unknown>;
    add(`${module}.Options`, options);
    for (const { custom, ...field } of fieldsOf(panel)) {
      add('dashboard.FieldConfig', field);
      // A stat has no custom fields.
      if (module !== 'stat' && custom !== undefined) add(`Partial<${module}.FieldConfig>`, custom);
    }
    for (const target of (panel.targets ?? []) as unknown as Array<{ expr?: string }>)
      if (target.expr !== undefined) add("Omit<prometheus.Dataquery, '_implementsDataqueryVariant'>", target);
  }
  return lines;
}

type Field = { custom?: object } & Record<string, unknown>;

/** A panel's defaults, and each override as the fields that it sets. */
function fieldsOf({ fieldConfig }: Panel): Field[] {
  const overrides = (fieldConfig?.overrides ?? []).map(({ properties }) => {
    const field: Field = {};
    for (const { id, value } of properties) {
      if (id.startsWith('custom.')) field.custom = { ...field.custom, [id.slice('custom.'.length)]: value };
      else field[id] = value;
    }
    return field;
  });
  return [(fieldConfig?.defaults ?? {}) as Field, ...overrides];
}

/** What the compiler says of files, by name; '' where they fit. */
async function complaints(files: ReadonlyArray<readonly [name: string, lines: string[]]>): Promise<string> {
  const imports = MODULES.map(module => `import type * as ${module} from './${module}';`);
  for (const [name, lines] of files)
    await writeFile(join(folder, `${name}.ts`), [...imports, ...lines].join('\n'));
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--pretty',
    'false',
    '--types',
    '',
    '--module',
    'esnext',
  ];
  const names = files.map(([name]) => `${name}.ts`);
  return await new Promise((done, failed) => {
    execFile(
      process.execPath,
      [TSC, ...flags, '--moduleResolution', 'bundler', ...names],
      { cwd: folder, maxBuffer: 64 << 20 },
      (error, stdout, stderr) =>
        error === null || stdout !== '' ? done(stdout) : failed(new Error(stderr, { cause: error })),
    );
  });
}

it('every dashboard is as Grafana’s schema has it', async () => {
  const files = dashboards().map(board => [board.file, statements(board)] as const);
  expect(files.flatMap(([, lines]) => lines).length).toBeGreaterThan(500);
  expect(await complaints(files)).toBe('');
});

it('so is every alert rule', async () => {
  const { groups } = JSON.parse(await readFile(RULES, 'utf8')) as { groups: Array<{ rules: object[] }> };
  const rules = groups
    .flatMap(group => group.rules)
    .map(
      rule => `(${JSON.stringify(rule)}) satisfies Omit<alerting.Rule, 'folderUID' | 'orgID' | 'ruleGroup'>;`,
    );
  expect(rules.length).toBeGreaterThan(5);
  expect(await complaints([['rules', rules]])).toBe('');
});

it('what is not so is found', async () => {
  const first = (board: Dashboard, type: string): Panel => {
    const found = panelsOf(board).find(panel => panel.type === type);
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  };
  const faults: Array<readonly [name: string, spoil: (board: Dashboard) => unknown, says: string]> = [
    ['unknown_field', board => Object.assign(board, { colour: 'red' }), 'colour'],
    [
      'no_such_variable',
      board => Object.assign(board.templating.list?.[0] ?? {}, { type: 'often' }),
      '"often"',
    ],
    [
      'no_height',
      board => Object.assign(first(board, 'stat'), { gridPos: { x: 0, y: 0, w: 1 } }),
      "'h' is missing",
    ],
    ['other_panel', board => Object.assign(first(board, 'stat').options, { cellHeight: 'sm' }), 'cellHeight'],
    [
      'no_such_mode',
      board => Object.assign(first(board, 'stat').options, { graphMode: 'zigzag' }),
      '"zigzag"',
    ],
    [
      'custom_field',
      board =>
        first(board, 'timeseries').fieldConfig?.overrides.push({
          matcher: { id: 'byName', options: 'x' },
          properties: [{ id: 'custom.lineWide', value: 2 }],
        }),
      'lineWide',
    ],
  ];
  const files = faults.map(([name, spoil]) => {
    const [board] = dashboards();
    if (board === undefined) throw new Error('no dashboards');
    spoil(board.dashboard);
    return [name, statements(board)] as const;
  });
  const said = (await complaints(files)).split('\n');
  for (const [name, , says] of faults)
    expect(said.filter(line => line.startsWith(`${name}.ts`)).join('\n'), name).toContain(says);
});
