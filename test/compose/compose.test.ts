import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Session } from 'chdb';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMPOSE_NAMES, readSettings, SETTINGS } from '../../pipeline/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Service {
  image?: string;
  build?: { context: string; dockerfile_inline: string };
  command?: string[];
  environment?: Record<string, string | number>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  restart?: string;
  depends_on?: Record<string, { condition: string }>;
}
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);
const required = [...text.matchAll(/\$\{(\w+)(:\?[^}]+)?\}/g)];

describe('docker-compose.yml', () => {
  it('has what a shop needs', () => {
    expect(services.map(([name]) => name)).toEqual([
      'kafka',
      'topics',
      'registry',
      'clickhouse',
      'migrate',
      'worker',
      'prometheus',
      'grafana',
    ]);
  });

  it.each(services)(
    '%s: pinned, restarted or run once, checked, and open to this host alone',
    (name, service) => {
      expect(service.image).toMatch(/^[\w./-]+:v?\d+\.\d+/);
      const isOnce = service.restart === 'no';
      expect(service.restart).toBe(isOnce ? 'no' : 'unless-stopped');
      if (!isOnce) expect(service.healthcheck?.test[0]).toBe('CMD');
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const needed = compose.services[other];
        expect(needed, `${name} needs ${other}`).toBeDefined();
        expect(condition).toBe(
          needed?.restart === 'no' ? 'service_completed_successfully' : 'service_healthy',
        );
      }
    },
  );

  it.each(services)('%s: every mount is there', (_, service) => {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) {
        expect(existsSync(join(ROOT, source)), source).toBe(true);
        expect(volume.endsWith(':ro'), volume).toBe(true);
      } else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it('takes every password from .env, and has no other', () => {
    for (const [whole, name = '', message] of required)
      expect(message, `${name} in ${whole} must be set`).toBeDefined();
    const names = new Set(required.map(([, name = '']) => name));
    expect([...names].sort()).toEqual(Object.keys(parseEnv(read('.env.example'))).sort());
    for (const name of names) expect([...COMPOSE_NAMES, ...Object.keys(SETTINGS)]).toContain(name);
    for (const [, { environment = {} }] of services)
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|TOKEN/.test(name)) expect(String(value), name).toMatch(/^\$\{\w+:\?/);
    for (const value of Object.values(parseEnv(read('.env.example')))) expect(value).toBe('');
  });

  it.each(['migrate', 'worker'])('%s gets settings that are known and right', name => {
    const environment = Object.entries(compose.services[name]?.environment ?? {});
    const env = Object.fromEntries(environment.map(([key, value]) => [key, String(value)]));
    expect(() => readSettings({ env })).not.toThrow();
    expect(environment.filter(([key]) => !Object.hasOwn(SETTINGS, key))).toEqual([]);
  });

  it("reads the topics that are made, by the broker's time", () => {
    const script = compose.services.topics?.command?.join('\n') ?? '';
    const topics = [...script.matchAll(/--topic (\S+)/g)].map(match => match[1]);
    expect(compose.services.worker?.environment?.KAFKA_TOPICS).toBe(topics.join(','));
    expect(script).toContain('message.timestamp.type=LogAppendTime,cleanup.policy=delete');
    // Compose would take a single $ for a variable of its own.
    expect(script.replaceAll('$$', '')).not.toContain('$');
  });

  it('builds an image of the files that it runs, on the Node that package.json asks for', () => {
    const { context, dockerfile_inline } = compose.services.worker?.build ?? {
      context: '',
      dockerfile_inline: '',
    };
    expect(context).toBe('.');
    expect(compose.services.migrate?.build).toEqual(compose.services.worker?.build);
    expect(dockerfile_inline).toMatch(/^FROM node:20\.\d+\.\d+-/);
    const copied = [...dockerfile_inline.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toContain('*');
    for (const name of copied) {
      expect(existsSync(join(ROOT, name)), name).toBe(true);
      expect(ignored).toContain(`!${name}`);
    }
    expect(copied).toEqual(['package.json', 'package-lock.json', 'schemas', 'sql', 'pipeline']);
    const { version, dependencies } = JSON.parse(read('package.json')) as {
      version: string;
      dependencies: Record<string, string>;
    };
    expect(compose.services.worker?.image).toBe(`footfall:${version}`);
    expect(dependencies).toHaveProperty('tsx');
  });
});

describe('what it mounts', () => {
  it('Prometheus scrapes the port that workers listen on, and reads the rules where they are mounted', () => {
    const prometheus = parse(read('dashboards/prometheus/prometheus.yml')) as {
      rule_files: string[];
      scrape_configs: Array<{ job_name: string; dns_sd_configs?: Array<{ names: string[]; port: number }> }>;
    };
    const [worker] = prometheus.scrape_configs.find(job => job.job_name === 'footfall')?.dns_sd_configs ?? [];
    expect(worker?.names).toEqual(['worker']);
    expect(worker?.port).toBe(compose.services.worker?.environment?.METRICS_PORT);
    expect(compose.services.worker?.environment?.METRICS_HOST).toBe('0.0.0.0');
    const [rules = ''] = prometheus.rule_files;
    expect(compose.services.prometheus?.volumes).toContain(
      `./dashboards/alerts:${rules.replace('/*.yml', '')}:ro`,
    );
  });

  it('ClickHouse takes the profile: every setting of it is one that it knows', () => {
    const profile = /<default>([\s\S]*)<\/default>/.exec(read('sql/server/users.xml'))?.[1] ?? '';
    const set = [...profile.matchAll(/^\s*<(\w+)>(.*)<\/\1>/gm)];
    expect(set.length).toBeGreaterThan(2);
    const session = new Session();
    try {
      for (const [, name = '', value = ''] of set) session.query(`SET ${name} = ${value}`);
      const tree = /<merge_tree>([\s\S]*)<\/merge_tree>/.exec(read('sql/server/config.xml'))?.[1] ?? '';
      const names = [...tree.matchAll(/<(\w+)>/g)].map(match => `'${match[1]}'`);
      expect(
        session.query(`SELECT count() FROM system.merge_tree_settings WHERE name IN (${names})`, 'TSV'),
      ).toBe(`${names.length}\n`);
    } finally {
      session.close();
    }
  });
});
