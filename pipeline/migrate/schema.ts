import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AskedViews, askedViews, askOf, createAsk, createAsked, withAskedReads } from './asked.ts';
import { withSegments } from './segments.ts';

const SQL = join(import.meta.dirname, '../../sql');
/** Later layers read earlier ones. */
export const LAYERS = ['functions', 'tables', 'base', 'marts'] as const;
export type Layer = (typeof LAYERS)[number];

/** One object of the SQL tree: its text, and the `footfall.NAME`s that it mentions. */
export interface SqlFile {
  layer: Layer;
  name: string;
  text: string;
  references: string[];
}

/** The files of one layer, by name. */
export function sqlFiles(layer: Layer): SqlFile[] {
  const folder = join(SQL, layer);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.sql'.length);
      const text = withSegments(readFileSync(join(folder, file), 'utf8'));
      // What `merge` reads is named by patterns.
      const found = [...codeOf(text).matchAll(/\bfootfall\.([a-z_0-9]+)|'\^([a-z_0-9]+)\$'/g)].map(
        match => match[1] ?? match[2] ?? '',
      );
      return { layer, name, text, references: [...new Set(found)].filter(reference => reference !== name) };
    });
}

/** Orders files so that each comes after those it mentions. Throws on a cycle. */
export function inDependencyOrder<File extends Pick<SqlFile, 'name' | 'references'>>(
  files: readonly File[],
): File[] {
  const byName = new Map(files.map(file => [file.name, file]));
  const done = new Set<string>();
  const ordered: File[] = [];
  const visit = (file: File, path: string[]): void => {
    if (done.has(file.name)) return;
    if (path.includes(file.name)) throw new Error(`cycle: ${[...path, file.name].join(' → ')}`);
    for (const reference of file.references) {
      const next = byName.get(reference);
      if (next) visit(next, [...path, file.name]);
    }
    done.add(file.name);
    ordered.push(file);
  };
  for (const file of files) visit(file, []);
  return ordered;
}

const KINDS = ['MATERIALIZED VIEW', 'TABLE', 'VIEW', 'DICTIONARY', 'FUNCTION'] as const;
export type Kind = (typeof KINDS)[number];

/** An object as it is to be in one ClickHouse. */
export interface SchemaObject {
  layer: Layer;
  name: string;
  kind: Kind;
  /** What creates it. */
  create: string;
  /** Changes with its own text and with that of everything it reads: a view's columns are fixed when it is created. */
  hash: string;
  references: string[];
}

/** Where objects are to be. */
export interface Place {
  database: string;
  /** A cluster of replicas. */
  cluster?: string | undefined;
}

/** Every object of `sql/`, each after those that it needs. Errors: a cycle, or a file that creates nothing. */
export function schemaObjects(place: Place): SchemaObject[] {
  const files = LAYERS.flatMap(layer => sqlFiles(layer));
  const functions = files.filter(file => file.layer === 'functions').map(file => file.name);
  const calls = functions.length === 0 ? null : new RegExp(`\\b(${functions.join('|')})\\s*\\(`, 'g');
  const withCalls = files.map(file => {
    const called = calls === null ? [] : [...codeOf(file.text).matchAll(calls)].map(match => match[1] ?? '');
    const references = [...new Set([...file.references, ...called])].filter(name => name !== file.name);
    // A function may name a table, but it is needed before views are: it is looked up only when it is called.
    return {
      ...file,
      references: file.layer === 'functions' ? called.filter(n => n !== file.name) : references,
    };
  });
  const asked = askedOf(files);
  const hashes = new Map<string, string>();
  return LAYERS.flatMap(layer => inDependencyOrder(withCalls.filter(file => file.layer === layer))).flatMap(
    file =>
      statementsOf(file, asked).map(({ name, statement }) => {
        const create = creation(statement, place);
        const references = name === file.name ? file.references.map(readBy(asked)) : [file.name];
        const below = references.map(reference => hashes.get(reference) ?? '').sort();
        const hash = createHash('sha256')
          .update([create, ...below].join('\n'))
          .digest('hex');
        hashes.set(name, hash);
        const kind = KINDS.find(k => new RegExp(`^CREATE (OR REPLACE )?${k}\\b`).test(create));
        if (kind === undefined)
          throw new Error(`sql/${file.layer}/${file.name}.sql creates nothing that migrate knows`);
        return { layer: file.layer, name, kind, create, hash, references };
      }),
  );
}

let askedHere: AskedViews | undefined;

/**
 * SQL from elsewhere than `sql/` that reads base views with parameters, as ClickHouse is to have it: written against the database
 * `footfall`, as the files are. Errors: as withAskedReads.
 */
export function readingBase(sql: string, database = 'footfall'): string {
  askedHere ??= askedOf(sqlFiles('base'));
  return withAskedReads(sql, askedHere).replace(/\bfootfall\./g, `${database}.`);
}

/** What creates a file's object; of a base view with parameters also what creates the view by which it is read (asked.ts). */
export function statementsOf(
  file: Pick<SqlFile, 'name' | 'text'>,
  asked: AskedViews = askedOf(sqlFiles('base')),
): Array<{ name: string; statement: string }> {
  const create = withOwnSettings(withAskedReads(codeOf(file.text).trim().replace(/;\s*$/, ''), asked));
  if (!asked.has(file.name)) return [{ name: file.name, statement: create }];
  return [
    { name: file.name, statement: createAsked({ name: file.name, create }) },
    { name: askOf(file.name), statement: createAsk(file.name) },
  ];
}

function askedOf(files: readonly SqlFile[]): AskedViews {
  return askedViews(
    files
      .filter(file => file.layer === 'base')
      .map(file => ({ name: file.name, create: codeOf(file.text).trim() })),
  );
}

/** The object that a reference to a file means: of an asked view, the one by which it is read. */
function readBy(asked: AskedViews): (name: string) => string {
  return name => (asked.has(name) ? askOf(name) : name);
}

/**
 * By which a view that joins or aggregates says something else: whatever the asker has set, it is to be as it is by default. And blocks
 * of full length where rows have arrays and Strings: by default they end at 1 MB, which costs views of sessions and lines time.
 */
const OWN_SETTINGS =
  'join_use_nulls = 0, aggregate_functions_null_for_empty = 0, preferred_block_size_bytes = 4000000';

function withOwnSettings(create: string): string {
  if (!/^CREATE (OR REPLACE )?VIEW\b/.test(create)) return create;
  // Settings belong to one SELECT of a UNION.
  const [, head = '', body = ''] = /^(CREATE (?:OR REPLACE )?VIEW\s+\S+\s+AS\n)([\s\S]*)$/.exec(create) ?? [];
  if (/^UNION ALL$/m.test(body)) return `${head}SELECT * FROM\n(\n${body}\n)\nSETTINGS ${OWN_SETTINGS}`;
  const own = /\nSETTINGS (.*)$/;
  return own.test(create)
    ? create.replace(own, `\nSETTINGS ${OWN_SETTINGS}, $1`)
    : `${create}\nSETTINGS ${OWN_SETTINGS}`;
}

/** Without whole-line comments. */
function codeOf(text: string): string {
  return text.replace(/^\s*--.*$/gm, '');
}

/** A statement for this database and cluster: files are written against the database `footfall`. */
function creation(written: string, { database, cluster }: Place): string {
  const statement = written.replace(/\bfootfall\./g, `${database}.`);
  if (cluster === undefined) return statement;
  return statement
    .replace(
      /^(CREATE (?:OR REPLACE )?(?:MATERIALIZED VIEW|TABLE|VIEW|DICTIONARY|FUNCTION) (?:IF NOT EXISTS )?[\w.]+)/,
      `$1${onCluster(cluster)}`,
    )
    .replace(/^ENGINE = (\w*MergeTree)/m, 'ENGINE = Replicated$1');
}

export function onCluster(cluster: string | undefined): string {
  return cluster === undefined ? '' : ` ON CLUSTER \`${cluster}\``;
}
