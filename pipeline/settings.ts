import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { z } from 'zod';
import { MESSAGE_BYTES_MAX } from './contract/framing.ts';
import { DEFAULT_LIMITS, type PipelineLimits } from './contract/limits.ts';
import { LIMITS, type Limits } from './fold/validate.ts';
import { UsageError } from './usageError.ts';
import { WORKER_LIMITS, type WorkerLimits } from './workerLimits.ts';

/** What a setting's text may be, and how it becomes a value. */
interface Kind<Value> {
  /** Ends the sentence 'it may be …'. */
  may: string;
  type: z.ZodType<Value, string>;
}

interface Setting<Value = unknown> extends Kind<Value> {
  /** As it would be written; null: none, the setting may be left out. */
  default: string | null;
  /** ms, bytes, …; empty where it has none. */
  unit: string;
  meaning: string;
  secret: boolean;
}

const SECRET = { secret: true } as const;

function setting<Value>(
  kind: Kind<Value>,
  meaning: string,
  options: { default: string; secret?: boolean; unit?: string },
): Setting<Value>;
function setting<Value>(
  kind: Kind<Value>,
  meaning: string,
  options?: { secret?: boolean; unit?: string },
): Setting<Value | undefined>;
function setting<Value>(
  kind: Kind<Value>,
  meaning: string,
  options: { default?: string; secret?: boolean; unit?: string } = {},
): Setting<Value> {
  const { default: value = null, secret = false, unit = '' } = options;
  return { ...kind, default: value, unit, meaning, secret };
}

// --- Kinds of values

const text: Kind<string> = { may: 'any text', type: z.string() };

function matching(pattern: RegExp, may: string): Kind<string> {
  return { may, type: z.string().regex(pattern) };
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names): Kind<Names[number]> {
  return { may: names.join(', '), type: z.enum(names) as unknown as z.ZodType<Names[number], string> };
}

const yesOrNo: Kind<boolean> = {
  may: 'true or false',
  type: z.enum(['true', 'false']).transform(value => value === 'true') as unknown as z.ZodType<
    boolean,
    string
  >,
};

function wholeNumber(min: number, max: number): Kind<number> {
  return {
    may: `a whole number from ${min} to ${max}`,
    type: z
      .string()
      .regex(/^\d{1,16}$/)
      .transform(Number)
      .refine(value => value >= min && value <= max),
  };
}

function listOf(item: RegExp, may: string): Kind<string[]> {
  return {
    may: `${may}; several with commas between`,
    type: z
      .string()
      .transform(value => value.split(',').map(part => part.trim()))
      .refine(values => values.every(value => item.test(value)) && new Set(values).size === values.length),
  };
}

const port = wholeNumber(0, 65_535);

/** A URL without user and password: these have settings of their own, which are never printed. */
function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
const httpUrl: Kind<string> = {
  may: 'a URL that begins with http:// or https:// and holds no user or password',
  type: z.string().refine(isHttpUrl),
};

// --- The table

/** The topics' names, as Kafka allows them. */
const TOPIC = /^(?!\.\.?$)[A-Za-z0-9._-]{1,249}$/;
const HOST_PORT = /^[^\s,/:@]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const DAY_MS = 86_400_000;

const ms = { unit: 'ms' } as const;
const bytes = { unit: 'bytes' } as const;

/** Every setting, once: the environment, `.env`, the flags, `--help` and the README's table all come from here. */
export const SETTINGS = {
  KAFKA_BROKERS: setting(listOf(HOST_PORT, 'HOST:PORT of a broker'), 'where Kafka is reached'),
  KAFKA_TOPICS: setting(listOf(TOPIC, 'the name of a topic'), 'topics that the worker reads'),
  KAFKA_GROUP: setting(
    matching(/^[A-Za-z0-9._-]{1,249}$/, "up to 249 letters, digits, '.', '_' and '-'"),
    'consumer group; workers of one group share the partitions',
    { default: 'footfall' },
  ),
  KAFKA_SASL_MECHANISM: setting(
    oneOf(['plain', 'scram-sha-256', 'scram-sha-512']),
    'how to sign in to Kafka; left out: not at all',
  ),
  KAFKA_SASL_USERNAME: setting(text, 'user for Kafka'),
  KAFKA_SASL_PASSWORD: setting(text, 'password for Kafka', SECRET),
  KAFKA_TLS_ENABLED: setting(yesOrNo, 'encrypt connections to Kafka', { default: 'false' }),
  KAFKA_TLS_CA_FILE: setting(text, "PEM file of the authorities to trust in place of the system's"),
  KAFKA_TLS_CERT_FILE: setting(text, 'PEM file of our certificate, where Kafka asks for one'),
  KAFKA_TLS_KEY_FILE: setting(text, 'PEM file of its key'),
  KAFKA_TLS_SERVERNAME: setting(text, "name in Kafka's certificate, where it differs from its address"),
  KAFKA_BUFFER_BYTES_MAX: setting(
    wholeNumber(1 << 20, 2 ** 34),
    'records fetched and not yet folded, of all partitions',
    {
      default: String(128 << 20),
      ...bytes,
    },
  ),
  KAFKA_BATCH_BYTES_MAX: setting(wholeNumber(1 << 10, 2 ** 31), 'what a compressed batch may unpack to', {
    default: String(64 << 20),
    ...bytes,
  }),
  KAFKA_CHECK_INTERVAL_MS: setting(
    wholeNumber(100, 3_600_000),
    'how often the logs are compared with what was read',
    { default: '10000', ...ms },
  ),
  KAFKA_FETCH_WAIT_MS: setting(wholeNumber(1, 60_000), 'how long Kafka may hold a fetch that finds nothing', {
    default: '250',
    ...ms,
  }),
  KAFKA_SESSION_TIMEOUT_MS: setting(
    wholeNumber(1_000, 1_800_000),
    'a worker not heard of for so long loses its partitions',
    { default: '30000', ...ms },
  ),
  SCHEMA_REGISTRY_URL: setting(
    {
      may: `${httpUrl.may}, or none`,
      type: z.string().refine(value => value === 'none' || isHttpUrl(value)),
    },
    "base of the registry's Confluent API; none: every record is in Avro's single-object encoding",
  ),
  SCHEMA_REGISTRY_USER: setting(text, 'user for the registry'),
  SCHEMA_REGISTRY_PASSWORD: setting(text, 'password for the registry', SECRET),
  SCHEMA_REGISTRY_UNKNOWN_TRIES: setting(
    wholeNumber(1, 1_000),
    "'no such schema' so often before a record is rejected as unknown_schema",
    { default: '5' },
  ),
  SCHEMA_REGISTRY_UNKNOWN_OVER_MS: setting(wholeNumber(0, DAY_MS), 'and over so long', {
    default: '300000',
    ...ms,
  }),
  CLICKHOUSE_URL: setting(httpUrl, 'where ClickHouse is reached (HTTP)', {
    default: 'http://127.0.0.1:8123',
  }),
  CLICKHOUSE_USER: setting(text, 'user for ClickHouse', { default: 'default' }),
  CLICKHOUSE_PASSWORD: setting(text, 'password for ClickHouse', SECRET),
  CLICKHOUSE_DATABASE: setting(
    matching(NAME, "up to 64 letters, digits and '_', not beginning with a digit"),
    'database of all tables and views',
    { default: 'footfall' },
  ),
  CLICKHOUSE_CLUSTER: setting(
    matching(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, "up to 64 letters, digits, '_' and '-'"),
    'name of a replicated cluster; left out: a single server',
  ),
  CLICKHOUSE_READER_PASSWORD: setting(
    text,
    'migrate makes the user `reader`, for dashboards and analysts, with this password',
    SECRET,
  ),
  CLICKHOUSE_WRITER_PASSWORD: setting(
    text,
    'migrate makes the user `writer`, for workers, with this password',
    SECRET,
  ),
  METRICS_PORT: setting(port, 'port of /metrics, /live and /ready; 0: any free one', { default: '9464' }),
  METRICS_HOST: setting(
    matching(/^[A-Za-z0-9.:_-]+$/, 'an address or name of this machine'),
    'address that METRICS_PORT listens on',
    { default: '127.0.0.1' },
  ),
  LOG_LEVEL: setting(
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'least grave messages to log',
    { default: 'info' },
  ),

  FLUSH_INTERVAL_MS: limit(
    WORKER_LIMITS,
    'flushIntervalMs',
    10,
    3_600_000,
    'time between writes of a partition',
    ms,
  ),
  FLUSH_BYTES_MAX: limit(
    WORKER_LIMITS,
    'flushBytesMax',
    1 << 10,
    2 ** 31,
    'encoded rows that are written at once',
    bytes,
  ),
  BUFFER_BYTES_MAX: limit(
    WORKER_LIMITS,
    'bufferBytesMax',
    1 << 10,
    2 ** 33,
    'encoded rows of a partition that may wait for a write; then reading pauses',
    bytes,
  ),
  FOLD_RECORDS_MAX: limit(
    WORKER_LIMITS,
    'foldRecordsMax',
    1,
    1_000_000,
    'records folded before the loop gives way to other partitions',
  ),
  IDLE_POSITION_MS: limit(
    WORKER_LIMITS,
    'idlePositionMs',
    100,
    3_600_000,
    'how often an idle partition says that it is caught up',
    ms,
  ),
  STOP_MS: limit(WORKER_LIMITS, 'stopMs', 0, 600_000, 'how long a stop may take to write what is whole', ms),

  HORIZON_MS: limit(
    DEFAULT_LIMITS,
    'horizonMs',
    3_600_000,
    365 * DAY_MS,
    'sessions that ended so long before the watermark leave memory; at least the longest gap of a site + 2 h',
    ms,
  ),
  SESSIONS_MAX: limit(DEFAULT_LIMITS, 'sessionsMax', 1, 2 ** 31, 'sessions held in memory, a partition'),
  PAGE_VIEWS_MAX: limit(
    DEFAULT_LIMITS,
    'pageViewsMax',
    1,
    2 ** 31,
    'page views of the sessions held in memory, a partition',
  ),
  EVENT_IDS_MAX: limit(
    DEFAULT_LIMITS,
    'eventIdsMax',
    1,
    2 ** 31,
    'event ids held in memory, a partition; 16 to 32 bytes each',
  ),
  SITES_MAX: limit(DEFAULT_LIMITS, 'sitesMax', 1, 1_000_000, 'sites; events of further ones are rejected'),

  MESSAGE_BYTES_MAX: setting(wholeNumber(64, 2 ** 30), 'longer records are rejected as oversized', {
    default: String(MESSAGE_BYTES_MAX),
    ...bytes,
  }),
  MAX_EVENT_AGE_MS: limit(
    LIMITS,
    'maxEventAgeMs',
    3_600_000,
    36_500 * DAY_MS,
    'events further before their arrival are rejected as bad_time',
    ms,
  ),
  FUTURE_MAX_MS: limit(
    LIMITS,
    'futureMaxMs',
    0,
    DAY_MS,
    'events further after their arrival are rejected as future',
    ms,
  ),
  ENGAGEMENT_MAX_MS: limit(
    LIMITS,
    'engagementMaxMs',
    1_000,
    365 * DAY_MS,
    'foreground time that one event may add',
    ms,
  ),
  EVENT_ID_BYTES_MAX: limit(LIMITS, 'eventIdBytesMax', 1, 1 << 10, 'event_id', bytes),
  VISITOR_ID_BYTES_MAX: limit(LIMITS, 'visitorIdBytesMax', 1, 1 << 10, 'visitor_id', bytes),
  SITE_BYTES_MAX: limit(LIMITS, 'siteBytesMax', 1, 1 << 10, 'site', bytes),
  URL_BYTES_MAX: limit(LIMITS, 'urlBytesMax', 1, 1 << 20, 'each of page_location and page_referrer', bytes),
  STRING_BYTES_MAX: limit(LIMITS, 'stringBytesMax', 1, 1 << 20, 'any other text of an event or item', bytes),
  KEY_BYTES_MAX: limit(LIMITS, 'keyBytesMax', 1, 1 << 20, 'the key of a param or metric', bytes),
  PARAM_VALUE_BYTES_MAX: limit(LIMITS, 'paramValueBytesMax', 1, 1 << 20, 'the value of a param', bytes),
  ITEMS_MAX: limit(LIMITS, 'itemsMax', 0, 100_000, 'items of an event'),
  PARAMS_MAX: limit(LIMITS, 'paramsMax', 0, 10_000, 'params of an event'),
  METRICS_MAX: limit(LIMITS, 'metricsMax', 0, 10_000, 'metrics of an event'),
  AMOUNT_MAX_MINOR_UNITS: limit(
    LIMITS,
    'amountMaxMinorUnits',
    1,
    Number.MAX_SAFE_INTEGER,
    'any amount, price × quantity of a line, and points; either sign',
    { unit: 'minor units' },
  ),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

/** A setting of a limit: its default is the limit's own, so that the two cannot drift apart. */
function limit<Group extends PipelineLimits | WorkerLimits | Limits>(
  defaults: Group,
  name: keyof Group & string,
  min: number,
  max: number,
  meaning: string,
  unit: { unit?: string } = {},
): Setting<number> {
  return setting(wholeNumber(min, max), meaning, { default: String(defaults[name]), ...unit });
}

const NAMES = Object.keys(SETTINGS) as SettingName[];
const isSetting = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name);

/** Settings of a group of commands: all of a prefix. */
export const GROUPS = {
  kafka: NAMES.filter(name => name.startsWith('KAFKA_')),
  registry: NAMES.filter(name => name.startsWith('SCHEMA_REGISTRY_')),
  clickhouse: NAMES.filter(name => name.startsWith('CLICKHOUSE_')),
  log: ['LOG_LEVEL'],
  all: NAMES,
} as const satisfies Record<string, readonly SettingName[]>;
export type Group = keyof typeof GROUPS;

// --- Reading

/** What docker-compose.yml takes from `.env`, beside the settings. */
export const COMPOSE_NAMES = [
  'GRAFANA_ADMIN_PASSWORD',
  'CLICKHOUSE_ADMIN_PASSWORD',
  'ALERT_WEBHOOK_URL',
] as const;

/** Names that begin so are ours: another one of them is a mistake. */
const PREFIXES = ['KAFKA_', 'CLICKHOUSE_', 'SCHEMA_REGISTRY_', 'METRICS_', 'FLUSH_', 'FOOTFALL_'];
/** What Kubernetes tells every container of a service called kafka, clickhouse, …; and our tests their processes. */
const FOREIGN = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?$|^FOOTFALL_TEST_/;
const FOREIGN_PORT = /^(tcp|udp):\/\//;

export interface Sources {
  env: Readonly<Record<string, string | undefined>>;
  /** Contents of `.env`. */
  envFile?: Readonly<Record<string, string | undefined>>;
  flags?: Readonly<Partial<Record<SettingName, string>>>;
}

/**
 * The settings: a flag goes before the environment, and that before `.env`. Empty is as if left out.
 * Errors: UsageError, a line for each wrong or unknown one; values of secrets are in none.
 */
export function readSettings({ env, envFile = {}, flags = {} }: Sources): Settings {
  const problems: string[] = [];
  for (const [name, isOurs] of [
    ...Object.keys(env).map(name => [name, isOurName(name, env[name] ?? '')] as const),
    // All of .env is ours, docker-compose.yml's names included.
    ...Object.keys(envFile).map(
      name => [name, !(COMPOSE_NAMES as readonly string[]).includes(name)] as const,
    ),
  ]) {
    if (!isOurs || isSetting(name)) continue;
    const like = nearest(name);
    problems.push(`${name}: there is no such setting${like === null ? '' : `; did you mean ${like}?`}`);
  }
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const { default: whenLeftOut, secret, may, type } = SETTINGS[name] as Setting;
    const given = [flags[name], env[name], envFile[name]].find(value => value !== undefined && value !== '');
    const value = given ?? whenLeftOut;
    if (value === null) continue;
    const parsed = type.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(
        `${name}: got ${secret ? 'a value that is not shown' : shown(name, value)}; it may be ${may}`,
      );
  }
  if (problems.length === 0) problems.push(...contradictions(values as Partial<Settings>));
  if (problems.length > 0) throw new UsageError([...new Set(problems)].join('\n'));
  return values as Settings;
}

/** What no single setting can tell. */
function contradictions(s: Partial<Settings>): string[] {
  const found: string[] = [];
  const together = (names: SettingName[], why: string): void => {
    const missing = names.filter(name => s[name] === undefined);
    if (missing.length > 0 && missing.length < names.length)
      found.push(`${missing.join(', ')}: not set; ${why}`);
  };
  together(
    ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
    'to sign in to Kafka takes all of KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
  );
  together(
    ['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'],
    'a certificate needs its key, and a key its certificate',
  );
  together(
    ['SCHEMA_REGISTRY_USER', 'SCHEMA_REGISTRY_PASSWORD'],
    'to sign in to the registry takes both SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD',
  );
  const tls = (
    ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_SERVERNAME'] as const
  ).filter(name => s[name] !== undefined);
  if (tls.length > 0 && s.KAFKA_TLS_ENABLED === false)
    found.push(`KAFKA_TLS_ENABLED: got false; with ${tls.join(', ')} it may be true`);
  if (
    s.FLUSH_BYTES_MAX !== undefined &&
    s.BUFFER_BYTES_MAX !== undefined &&
    s.BUFFER_BYTES_MAX < s.FLUSH_BYTES_MAX
  )
    found.push(
      `BUFFER_BYTES_MAX: got ${s.BUFFER_BYTES_MAX}; it may be FLUSH_BYTES_MAX (${s.FLUSH_BYTES_MAX}) or more`,
    );
  return found;
}

/** A URL may hold a password even where it should not. */
function shown(name: string, value: string): string {
  if (name.endsWith('_URL') && value.includes('@'))
    return 'a value with user or password, which is not shown';
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}

/** Settings that a command cannot do without. Errors: UsageError. */
export function required<Name extends SettingName>(
  settings: Settings,
  ...names: Name[]
): Settings & { [N in Name]: NonNullable<Settings[N]> } {
  const missing = names.filter(name => settings[name] === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      missing.map(name => `${name}: not set; it may be ${(SETTINGS[name] as Setting).may}`).join('\n'),
    );
  }
  return settings as Settings & { [N in Name]: NonNullable<Settings[N]> };
}

function isOurName(name: string, value: string): boolean {
  if (FOREIGN.test(name) || (name.endsWith('_PORT') && FOREIGN_PORT.test(value))) return false;
  if (PREFIXES.some(prefix => name.startsWith(prefix))) return true;
  return NAMES.some(known => known.length >= 8 && distance(name, known) === 1);
}

function nearest(name: string): string | null {
  const [best] = NAMES.map(known => ({ known, d: distance(name.toUpperCase(), known) })).sort(
    (a, b) => a.d - b.d,
  );
  return best !== undefined && best.d <= Math.max(2, name.length / 4) ? best.known : null;
}

/** Letters to change, add or leave out to make one of the other (Levenshtein); far apart is far enough. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

// --- Flags and documents

const flagOf = (name: string): string => `--${name.toLowerCase().replaceAll('_', '-')}`;
/** commander's name of a flag's value. */
const optionOf = (name: string): string =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function placeholder({ type, unit }: Setting): string {
  return unit === '' ? (type === yesOrNo.type ? 'true|false' : 'value') : unit.replace(' ', '_');
}

/** Gives a command a flag for each setting of these groups. */
export function addSettings(command: Command, ...groups: Group[]): Command {
  for (const name of new Set(groups.flatMap(group => GROUPS[group] as readonly SettingName[]))) {
    const s = SETTINGS[name] as Setting;
    const notes = [
      ...(s.default === null ? [] : [`default ${s.default}`]),
      ...(s.secret ? [`rather as ${name} in the environment: other users can see flags`] : []),
    ];
    const option = command.createOption(
      `${flagOf(name)} <${placeholder(s)}>`,
      `${s.meaning}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`,
    );
    command.addOption(option.helpGroup('Settings (also as environment variables and in .env):'));
  }
  return command;
}

/** The settings of a command that was given its flags, the environment and `.env` of the working directory. */
export function settingsOf(command: Command): Settings {
  const given: Record<string, unknown> = command.opts();
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of NAMES) {
    const value = given[optionOf(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  return readSettings({ env: process.env, envFile: readEnvFile(process.cwd()), flags });
}

function readEnvFile(folder: string): Record<string, string | undefined> {
  const file = join(folder, '.env');
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/** The README's table of settings, Markdown. */
export function settingsTable(): string {
  const rows = NAMES.map(name => {
    const s = SETTINGS[name] as Setting;
    const unit = s.unit === '' ? '' : `, ${s.unit}`;
    const meaning = `${s.meaning}${s.secret ? '; secret' : ''}`.replaceAll('|', '\\|');
    return `| \`${name}\` | ${s.default === null ? '' : `\`${s.default}\``} | ${s.may}${unit} | ${meaning} |`;
  });
  return ['| setting | default | may be | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** The limits of the laws, as the pipeline's parts take them. */
export function limitsOf(s: Settings): {
  limits: PipelineLimits;
  workerLimits: WorkerLimits;
  eventLimits: Limits;
} {
  return {
    limits: {
      horizonMs: s.HORIZON_MS,
      sessionsMax: s.SESSIONS_MAX,
      pageViewsMax: s.PAGE_VIEWS_MAX,
      eventIdsMax: s.EVENT_IDS_MAX,
      sitesMax: s.SITES_MAX,
    },
    workerLimits: {
      flushIntervalMs: s.FLUSH_INTERVAL_MS,
      flushBytesMax: s.FLUSH_BYTES_MAX,
      bufferBytesMax: s.BUFFER_BYTES_MAX,
      foldRecordsMax: s.FOLD_RECORDS_MAX,
      idlePositionMs: s.IDLE_POSITION_MS,
      stopMs: s.STOP_MS,
    },
    eventLimits: {
      maxEventAgeMs: s.MAX_EVENT_AGE_MS,
      futureMaxMs: s.FUTURE_MAX_MS,
      engagementMaxMs: s.ENGAGEMENT_MAX_MS,
      eventIdBytesMax: s.EVENT_ID_BYTES_MAX,
      visitorIdBytesMax: s.VISITOR_ID_BYTES_MAX,
      siteBytesMax: s.SITE_BYTES_MAX,
      urlBytesMax: s.URL_BYTES_MAX,
      stringBytesMax: s.STRING_BYTES_MAX,
      keyBytesMax: s.KEY_BYTES_MAX,
      paramValueBytesMax: s.PARAM_VALUE_BYTES_MAX,
      itemsMax: s.ITEMS_MAX,
      paramsMax: s.PARAMS_MAX,
      metricsMax: s.METRICS_MAX,
      amountMaxMinorUnits: s.AMOUNT_MAX_MINOR_UNITS,
    },
  };
}
