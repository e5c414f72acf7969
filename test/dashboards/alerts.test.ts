import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLICKHOUSE, CLICKHOUSE_PLUGIN } from '../../dashboards/build.ts';
import { createMetrics } from '../../pipeline/metrics.ts';
import { dashboards, panelsOf } from './grafana.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Rules {
  groups: Array<{
    rules: Array<{
      alert: string;
      expr: string;
      for?: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
    }>;
  }>;
}
const rules = (parse(read('dashboards/alerts/pipeline.yml')) as Rules).groups.flatMap(group => group.rules);
const labels = new Map<string, string[]>();
const metrics = createMetrics({ processMetrics: true });
for (const metric of await metrics.registry.getMetricsAsArray()) {
  // What prom-client says of a metric lacks its labels' type.
  const {
    name,
    labelNames = [],
    type,
  } = metric as unknown as {
    name: string;
    labelNames?: string[];
    type: string;
  };
  const parts = String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  for (const part of parts) labels.set(part, part.endsWith('_bucket') ? [...labelNames, 'le'] : labelNames);
}
/** Of every scraped series. */
const SCRAPED = ['instance', 'job'];
/** Made by Prometheus itself. */
labels.set('up', []);

/** What an expression reads: metrics with the labels that it names. */
function readsOf(expr: string): Array<{ metric: string; named: string[] }> {
  return [...expr.matchAll(/\b(footfall_\w+|process_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', selector = '']) => ({
      metric,
      named: [...selector.matchAll(/(\w+)\s*[=!]/g)].map(match => match[1] ?? ''),
    }),
  );
}

function expectKnown(expr: string): void {
  const reads = readsOf(expr);
  expect(reads.length, expr).toBeGreaterThan(0);
  for (const { metric, named } of reads) {
    const known = labels.get(metric);
    expect(known, `${metric} is a metric of workers`).toBeDefined();
    for (const label of named) expect([...(known ?? []), ...SCRAPED], `label of ${metric}`).toContain(label);
  }
  const kept = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(match =>
    (match[1] ?? '').split(/,\s*/),
  );
  const possible = [...SCRAPED, ...reads.flatMap(({ metric }) => labels.get(metric) ?? [])];
  for (const label of kept) expect(possible, expr).toContain(label);
}

describe('rules of Prometheus', () => {
  it.each(rules)('$alert: reads metrics that workers have, and says what to do', rule => {
    expectKnown(rule.expr);
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toBeTruthy();
    expect(rule.annotations.description).toMatch(/\.$|\?$/);
    // A label of the summary is one that the expression keeps.
    const [kept = ''] = [...rule.expr.matchAll(/\bby \(([^)]*)\)/g)].map(match => match[1] ?? '');
    for (const [, label = ''] of (rule.annotations.summary ?? '').matchAll(/\$labels\.(\w+)/g))
      expect(kept === '' ? SCRAPED : kept.split(/,\s*/), rule.alert).toContain(label);
  });

  it('each is tried by promtool', () => {
    const tests = read('test/dashboards/pipeline.rules.yml');
    // Named with = or as alertname: (with !=, it is left out).
    for (const { alert } of rules) expect(tests).toMatch(new RegExp(`alertname(="|: )${alert}\\b`));
    expect(new Set(rules.map(rule => rule.alert)).size).toBe(rules.length);
  });

  it('what panels ask Prometheus is there', () => {
    const asked = dashboards().flatMap(({ dashboard }) =>
      panelsOf(dashboard).flatMap(panel =>
        ((panel.targets ?? []) as unknown as Array<{ expr?: string }>).flatMap(({ expr }) => expr ?? []),
      ),
    );
    expect(asked.length).toBeGreaterThan(5);
    for (const expr of asked) expectKnown(expr.replaceAll('$__rate_interval', '5m'));
  });
});

describe('what Grafana is given', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: { grafana: { environment: Record<string, string>; volumes: string[] } };
  };
  const { environment, volumes } = compose.services.grafana;
  const files = readdirSync(join(ROOT, 'dashboards/provisioning'), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(yml|json)$/.test(name))
    .map(name => ({ name, text: read(`dashboards/provisioning/${name}`) }));

  it.each(files)('$name: takes from its environment only what it has', ({ text }) => {
    const settings = text
      .split('\n')
      .filter(line => !line.trimStart().startsWith('#'))
      .join('\n');
    for (const [, name = ''] of settings.matchAll(/\$\{?(\w*)/g)) expect(environment).toHaveProperty(name);
  });

  it('has the data sources that panels and rules name', () => {
    const { datasources } = parse(read('dashboards/provisioning/datasources/footfall.yml')) as {
      datasources: Array<{ uid: string; type: string }>;
    };
    const given = datasources.map(({ uid, type }) => `${type} ${uid}`);
    const named = dashboards().flatMap(({ dashboard }) =>
      panelsOf(dashboard).map(({ datasource }) => `${datasource?.type} ${datasource?.uid}`),
    );
    expect(given).toEqual(expect.arrayContaining([...new Set(named)]));
    const { groups } = JSON.parse(read('dashboards/provisioning/alerting/rules.json')) as {
      groups: Array<{ rules: Array<{ data: Array<{ datasourceUid: string }> }> }>;
    };
    const asked = groups.flatMap(group => group.rules.flatMap(rule => rule.data.map(d => d.datasourceUid)));
    const uids = datasources.map(({ uid }) => uid);
    for (const uid of asked) expect([...uids, '__expr__']).toContain(uid);
  });

  it('has the plugin that queries were written for, and reads as a user who can only read', () => {
    expect(environment.GF_PLUGINS_PREINSTALL_SYNC).toBe(`${CLICKHOUSE.type}@${CLICKHOUSE_PLUGIN}`);
    expect(environment.CLICKHOUSE_USER).toBe('reader');
  });

  it('sends alerts where the environment says', () => {
    const { contactPoints, policies } = parse(read('dashboards/provisioning/alerting/contact.yml')) as {
      contactPoints: Array<{ name: string; receivers: Array<{ settings: { url: string } }> }>;
      policies: Array<{ receiver: string }>;
    };
    expect(contactPoints.flatMap(point => point.receivers.map(one => one.settings.url))).toEqual([
      '$ALERT_WEBHOOK_URL',
    ]);
    for (const { receiver } of policies) expect(contactPoints.map(point => point.name)).toContain(receiver);
  });

  it('finds the dashboards where they are mounted', () => {
    const { providers } = parse(read('dashboards/provisioning/dashboards/footfall.yml')) as {
      providers: Array<{ options: { path: string } }>;
    };
    for (const { options } of providers)
      expect(volumes).toContain(`./dashboards/generated:${options.path}:ro`);
    expect(volumes).toContain('./dashboards/provisioning:/etc/grafana/provisioning:ro');
  });
});
