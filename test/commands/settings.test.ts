import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../pipeline/contract/limits.ts';
import { LIMITS } from '../../pipeline/fold/validate.ts';
import {
  addSettings,
  GROUPS,
  limitsOf,
  readSettings,
  required,
  SETTINGS,
  type SettingName,
  settingsTable,
} from '../../pipeline/settings.ts';
import { UsageError } from '../../pipeline/usageError.ts';
import { WORKER_LIMITS } from '../../pipeline/workerLimits.ts';

/** The lines of what is wrong. */
function problems(sources: Parameters<typeof readSettings>[0]): string[] {
  try {
    readSettings(sources);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have the defaults of the limits that they set', () => {
    expect(limitsOf(readSettings({ env: {} }))).toEqual({
      limits: DEFAULT_LIMITS,
      workerLimits: WORKER_LIMITS,
      eventLimits: LIMITS,
    });
  });

  it('come from flags before the environment before .env, and empty is left out', () => {
    const envFile = { KAFKA_GROUP: 'file', LOG_LEVEL: 'warn', METRICS_PORT: '1', CLICKHOUSE_USER: 'file' };
    const env = { KAFKA_GROUP: 'env', LOG_LEVEL: 'error', CLICKHOUSE_USER: '' };
    const read = readSettings({ env, envFile, flags: { KAFKA_GROUP: 'flag' } });
    expect([read.KAFKA_GROUP, read.LOG_LEVEL, read.METRICS_PORT, read.CLICKHOUSE_USER]).toEqual([
      'flag',
      'error',
      1,
      'file',
    ]);
  });

  it.each([
    ['KAFKA_BROKERS', 'a:1, b:2', ['a:1', 'b:2']],
    ['KAFKA_BROKERS', '[::1]:9092', ['[::1]:9092']],
    ['KAFKA_TOPICS', 'shop.events,tills', ['shop.events', 'tills']],
    ['KAFKA_TLS_ENABLED', 'true', true],
    ['SCHEMA_REGISTRY_URL', 'none', 'none'],
    ['CLICKHOUSE_URL', 'https://ch.example:8443', 'https://ch.example:8443'],
    ['FLUSH_INTERVAL_MS', '250', 250],
  ] satisfies Array<[SettingName, string, unknown]>)('%s may be %s', (name, text, value) => {
    expect(readSettings({ env: { [name]: text } })[name]).toEqual(value);
  });

  it.each([
    [
      'KAFKA_BROKERS',
      'localhost',
      'KAFKA_BROKERS: got "localhost"; it may be HOST:PORT of a broker; several with commas between',
    ],
    [
      'KAFKA_BROKERS',
      'a:1,a:1',
      'KAFKA_BROKERS: got "a:1,a:1"; it may be HOST:PORT of a broker; several with commas between',
    ],
    [
      'KAFKA_TOPICS',
      'a b',
      'KAFKA_TOPICS: got "a b"; it may be the name of a topic; several with commas between',
    ],
    [
      'KAFKA_TOPICS',
      '..',
      'KAFKA_TOPICS: got ".."; it may be the name of a topic; several with commas between',
    ],
    [
      'LOG_LEVEL',
      'verbose',
      'LOG_LEVEL: got "verbose"; it may be trace, debug, info, warn, error, fatal, silent',
    ],
    ['FLUSH_INTERVAL_MS', '5s', 'FLUSH_INTERVAL_MS: got "5s"; it may be a whole number from 10 to 3600000'],
    ['FLUSH_INTERVAL_MS', '9', 'FLUSH_INTERVAL_MS: got "9"; it may be a whole number from 10 to 3600000'],
    ['METRICS_PORT', '65536', 'METRICS_PORT: got "65536"; it may be a whole number from 0 to 65535'],
    [
      'CLICKHOUSE_DATABASE',
      'a-b',
      `CLICKHOUSE_DATABASE: got "a-b"; it may be up to 64 letters, digits and '_', not beginning with a digit`,
    ],
    ['KAFKA_TLS_ENABLED', 'yes', 'KAFKA_TLS_ENABLED: got "yes"; it may be true or false'],
  ])('%s may not be %s', (name, text, problem) => {
    expect(problems({ env: { [name]: text } })).toEqual([problem]);
  });

  it('tells all that is wrong at once', () => {
    expect(problems({ env: { METRICS_PORT: 'x', LOG_LEVEL: 'y' } })).toHaveLength(2);
  });

  it.each([
    ['KAFKA_BROKER', 'did you mean KAFKA_BROKERS?'],
    ['KAFKA_TOPIC', 'did you mean KAFKA_TOPICS?'],
    ['CLICKHOUSE_PASWORD', 'did you mean CLICKHOUSE_PASSWORD?'],
    ['SCHEMA_REGISTRY_URI', 'did you mean SCHEMA_REGISTRY_URL?'],
    ['METRIC_PORT', 'did you mean METRICS_PORT?'],
    ['FLUSH_INTERVAL', 'did you mean FLUSH_INTERVAL_MS?'],
    ['KAFKA_NOTHING_OF_THE_KIND', 'there is no such setting'],
  ])('%s is unknown', (name, told) => {
    const [problem = ''] = problems({ env: { [name]: 'secret-value' } });
    expect(problem).toContain(`${name}: there is no such setting`);
    expect(problem).toContain(told);
    expect(problem).not.toContain('secret-value');
  });

  it('leaves alone what is not ours: other programs, and what Kubernetes tells of its services', () => {
    const env = {
      PATH: '/bin',
      LANG: 'C',
      CI: 'true',
      PORT: '80',
      KAFKA_SERVICE_HOST: '10.0.0.1',
      KAFKA_PORT_9092_TCP_ADDR: '10.0.0.1',
      CLICKHOUSE_PORT: 'tcp://10.0.0.2:8123',
      CLICKHOUSE_SERVICE_PORT_HTTP: '8123',
    };
    expect(problems({ env })).toEqual([]);
    expect(problems({ env: {}, envFile: { GRAFANA_ADMIN_PASSWORD: 'x' } })).toEqual([]);
    expect(problems({ env: {}, envFile: { ANYTHING: 'x' } })).toEqual(['ANYTHING: there is no such setting']);
  });

  it('never shows a secret', () => {
    const secrets = (Object.keys(SETTINGS) as SettingName[]).filter(name => SETTINGS[name].secret);
    expect(secrets).toEqual([
      'KAFKA_SASL_PASSWORD',
      'SCHEMA_REGISTRY_PASSWORD',
      'CLICKHOUSE_PASSWORD',
      'CLICKHOUSE_READER_PASSWORD',
      'CLICKHOUSE_WRITER_PASSWORD',
    ]);
    const env = Object.fromEntries(secrets.map(name => [name, 'hunter2']));
    for (const url of ['CLICKHOUSE_URL', 'SCHEMA_REGISTRY_URL']) {
      const told = problems({ env: { ...env, [url]: 'http://me:hunter2@host:8123' } });
      expect(told.join('\n')).toContain(`${url}: got a value with user or password, which is not shown`);
      expect(told.join('\n')).not.toContain('hunter2');
    }
    expect(problems({ env }).join('\n')).not.toContain('hunter2');
  });

  it.each([
    [{ KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: not set'],
    [{ KAFKA_TLS_ENABLED: 'true', KAFKA_TLS_CERT_FILE: 'a.pem' }, 'KAFKA_TLS_KEY_FILE: not set'],
    [{ KAFKA_TLS_CA_FILE: 'a.pem' }, 'KAFKA_TLS_ENABLED: got false'],
    [{ SCHEMA_REGISTRY_USER: 'me' }, 'SCHEMA_REGISTRY_PASSWORD: not set'],
    [
      { BUFFER_BYTES_MAX: '2000', FLUSH_BYTES_MAX: '3000' },
      'BUFFER_BYTES_MAX: got 2000; it may be FLUSH_BYTES_MAX (3000) or more',
    ],
  ])('%j contradicts itself', (env, told) => {
    expect(problems({ env }).join('\n')).toContain(told);
  });

  it('are required by name', () => {
    const settings = readSettings({ env: { KAFKA_TOPICS: 'a' } });
    expect(() => required(settings, 'KAFKA_BROKERS', 'KAFKA_TOPICS')).toThrow(
      'KAFKA_BROKERS: not set; it may be HOST:PORT',
    );
    expect(required(settings, 'KAFKA_TOPICS').KAFKA_TOPICS).toEqual(['a']);
  });

  it('each have a flag', () => {
    const command = addSettings(new Command(), 'all');
    expect(command.options.map(option => option.long)).toEqual(
      GROUPS.all.map(name => `--${name.toLowerCase().replaceAll('_', '-')}`),
    );
  });

  it('have defaults that they may be', () => {
    for (const [name, { default: value, type }] of Object.entries(SETTINGS))
      if (value !== null) expect(type.safeParse(value).success, name).toBe(true);
  });

  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const table = /<!-- settings -->\n+([\s\S]*?)\n+<!-- \/settings -->/.exec(readme)?.[1];
  it.runIf(readme.includes('<!-- settings -->'))("are the README's table", () => {
    expect(table).toBe(settingsTable());
  });
});
