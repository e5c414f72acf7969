import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeOf } from '../../pipeline/commands/deadLetters.ts';
import { frameConfluent, frameSingleObject } from '../../pipeline/contract/framing.ts';
import { encodeEvent, newest } from '../../pipeline/contract/schema.ts';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { footfall, startFootfall } from '../support/footfall.ts';

let clickhouse: TestClickHouse;
let server: Record<string, string>;
const folders: string[] = [];

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  server = { CLICKHOUSE_URL: clickhouse.url };
  const client = clickhouse.client();
  await migrateDatabase({ client, database: 'footfall' });
  const event = { event_id: 'e1', event_name: 'page_view', event_time: Date.now(), visitor_id: 'v1' };
  const whole = frameConfluent(7, encodeEvent(event));
  const letter = (offset: number, reason: string, bytes: Buffer | null, minutesAgo: number) =>
    `('shop', 0, 1, ${offset}, ${offset}, now64(3) - INTERVAL ${minutesAgo} MINUTE, unhex('7631'), ${bytes === null ? 'NULL' : `unhex('${bytes.toString('hex')}')`},
      [('trace', unhex('00ff'))], '${reason}', 'why ${offset}', '', '', '')`;
  await client.command({
    query: `INSERT INTO footfall.dead_letter_rows VALUES
      ${letter(10, 'unframed', Buffer.from('hello, dead letter'), 30)},
      ${letter(11, 'undecodable', whole.subarray(0, 30), 20)},
      ${letter(12, 'empty', null, 10)},
      ${letter(13, 'bad_time', frameSingleObject(newest.fingerprint, encodeEvent({ ...event, event_time: -5 })), 5)},
      ${letter(14, 'undecodable', Buffer.from('000000000702650a', 'hex'), 3_000)}`,
  });
});
afterAll(async () => {
  await clickhouse?.stop();
  await Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true })));
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'footfall-'));
  folders.push(made);
  return made;
}

describe('footfall', () => {
  it('lists its commands, and helps with each', async () => {
    const { code, stdout, stderr } = await footfall(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) {2,}\S/gm)].map(match => match[1] ?? '');
    expect(commands).toContain('worker');
    const helps = await Promise.all(
      [
        'query',
        'serve',
        'worker',
        'migrate',
        'doctor',
        'dead-letters',
        'accept-log',
        'accept-partitions',
        'accept-logic',
      ].map(async command => ({
        command,
        ...(await footfall(command === 'query' ? ['help', command] : [command, '--help'])),
      })),
    );
    for (const help of helps) {
      expect(help.code, help.stderr).toBe(0);
      expect(help.stdout).toContain(`Usage: footfall ${help.command}`);
      expect(commands).toContain(help.command);
    }
  });

  it('starts at once: help and query load neither Kafka, nor Avro, nor the engine', async () => {
    const tell = `import { createRequire } from 'node:module';
      const { cache } = createRequire('/any.js');
      process.on('exit', () => console.error(Object.keys(cache).join('\\n')));`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}` };
    const loaded = async (args: string[]) =>
      new Set(
        [...(await footfall(args, { env })).stderr.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w-]+)/g)].map(
          m => m[1],
        ),
      );
    const worker = await loaded(['worker', '--help']);
    for (const name of ['kafkajs', 'avsc', '@clickhouse/client']) expect(worker).toContain(name);
    const quick = [
      await loaded(['--help']),
      await loaded(['query', '--data', clickhouse.dataDir, 'SELECT 1']),
    ];
    for (const found of quick)
      for (const name of ['kafkajs', 'avsc', 'chdb', '@clickhouse/client', 'prom-client', 'pino'])
        expect(found).not.toContain(name);
  });

  it.each([
    [[], 'Usage: footfall COMMAND'],
    [['wroker'], 'Did you mean worker?'],
    [['query'], "missing required argument 'sql'"],
    [['query', '--nope', 'SELECT 1'], "unknown option '--nope'"],
    [['migrate', '--log-level', 'loud'], 'LOG_LEVEL: got "loud"; it may be trace, debug'],
    [['worker'], 'KAFKA_BROKERS: not set; it may be HOST:PORT of a broker'],
    [['dead-letters', 'list', '--reason', 'nope'], 'Allowed choices are empty'],
    [['dead-letters', 'list', '--since', 'yesterday'], '--since: got "yesterday"'],
    [['dead-letters', 'show', 'shop', 'x', '1'], 'It may be a whole number'],
    [['serve', '--data', '/nowhere/at/all'], 'there is no directory /nowhere/at/all'],
    [['accept-log', 'topic'], 'KAFKA_BROKERS: not set'],
  ])('%j is used wrongly: exit code 2', async (args, told) => {
    const { code, stdout, stderr } = await footfall(args, { env: server });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('    at ');
    expect([code, stdout]).toEqual([2, '']);
  });

  it('fails with 1 and a clear line where a server is not there, and with the stack when debugging', async () => {
    const env = { CLICKHOUSE_URL: 'http://127.0.0.1:9' };
    const { code, stderr } = await footfall(['migrate'], { env });
    expect([code, stderr]).toEqual([1, 'error: connect ECONNREFUSED 127.0.0.1:9\n']);
    expect((await footfall(['migrate'], { env: { ...env, LOG_LEVEL: 'debug' } })).stderr).toContain(
      '    at ',
    );
  });

  it('reads .env of the working directory', async () => {
    const cwd = await folder();
    await writeFile(join(cwd, '.env'), 'CLICKHOUSE_URL=http://127.0.0.1:9\nGRAFANA_ADMIN_PASSWORD=x\n');
    expect((await footfall(['migrate'], { cwd })).stderr).toContain('ECONNREFUSED 127.0.0.1:9');
    await writeFile(join(cwd, '.env'), 'CLICKHOUSE_ULR=http://127.0.0.1:9\n');
    expect((await footfall(['migrate'], { cwd })).stderr).toBe(
      'error: CLICKHOUSE_ULR: there is no such setting; did you mean CLICKHOUSE_URL?\n',
    );
  });
});

describe('query', () => {
  const query = (...args: string[]) => footfall(['query', '--data', clickhouse.dataDir, ...args]);

  it('answers beside a running server, in the format asked', async () => {
    expect(await query("SELECT 1 AS a, 'x' AS b")).toEqual({ code: 0, stdout: 'a\tb\n1\tx\n', stderr: '' });
    expect((await query('--format', 'JSONEachRow', 'SELECT 1 AS a')).stdout).toBe('{"a":1}\n');
    expect((await query('SELECT 1 AS a FORMAT CSVWithNames')).stdout).toBe('"a"\n1\n');
  });

  it('reads the query from standard input', async () => {
    const { stdout } = await footfall(['query', '--data', clickhouse.dataDir, '-'], {
      input: 'SELECT 40 + 2 AS n',
    });
    expect(stdout).toBe('n\n42\n');
  });

  it('tells what is wrong in a line, exit code 1', async () => {
    const { code, stdout, stderr } = await query('SELECT nope');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*nope/);
    expect(stderr.split('\n').length).toBe(2);
  });

  it('tells of an error in mid-answer, after what came before it and nothing more', async () => {
    const { code, stdout, stderr } = await query(
      "SELECT throwIf(number = 3000000, 'too far') FROM numbers(4000000) SETTINGS max_block_size = 1000",
    );
    expect(code).toBe(1);
    expect(stderr).toBe('error: too far\n');
    expect(stdout.length).toBeGreaterThan(1_000_000);
    expect(stdout).not.toContain('exception');
  });

  it('streams a long answer whole', async () => {
    const { stdout } = await query('--format', 'TSV', 'SELECT number FROM numbers(500000)');
    expect(stdout.split('\n').length).toBe(500_001);
  });

  it('ends quietly when its reader goes away', async () => {
    const running = await startFootfall([
      'query',
      '--data',
      clickhouse.dataDir,
      'SELECT number FROM numbers(100000000)',
    ]);
    await running.says('number');
    running.child.stdout?.destroy();
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, '']);
  });

  it('makes no directory', async () => {
    const { code, stderr } = await footfall(['query', '--data', '/nowhere/at/all', 'SELECT 1']);
    expect([code, stderr]).toEqual([
      2,
      'error: --data: there is no directory /nowhere/at/all; demo and replay make one\n',
    ]);
  });
});

describe('serve', () => {
  it('serves a directory until it is interrupted, migrated, and query finds it', async () => {
    const data = await folder();
    const running = await startFootfall([
      'serve',
      '--data',
      data,
      '--clickhouse-port',
      '0',
      '--web-port',
      '0',
    ]);
    const [, url = '', page = ''] = await running.says(/^ready (\S+) dashboards (\S+)$/m);
    expect(await (await fetch(page)).text()).toContain('<title>Footfall</title>');
    expect(await (await fetch(`${url}/?query=SELECT+count()+FROM+footfall.positions`)).text()).toBe('0\n');
    expect((await footfall(['query', '--data', data, 'SELECT 1 AS x'])).stdout).toBe('x\n1\n');
    const second = await footfall(['serve', '--data', data, '--clickhouse-port', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`${data} is in use by process`);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(0);
    expect((await footfall(['query', '--data', data, 'SELECT 2 AS x'])).stdout).toBe('x\n2\n');
  });
});

describe('dead-letters', () => {
  const list = (...args: string[]) => footfall(['dead-letters', 'list', ...args], { env: server });

  it('lists the newest first, with the reasons in all', async () => {
    const { code, stdout, stderr } = await list('--limit', '2');
    expect(code).toBe(0);
    expect(stderr).toBe(
      '5 in all: 2 undecodable, 1 bad_time, 1 empty, 1 unframed; the newest 2 here (--limit)\n',
    );
    const [titles = '', ...rows] = stdout.trimEnd().split('\n');
    expect(titles.split(/ {2,}/)).toEqual([
      'arrival',
      'topic',
      'epoch',
      'partition',
      'offset',
      'reason',
      'bytes',
      'detail',
    ]);
    expect(rows.map(row => row.split(/ +/).slice(4))).toEqual([
      ['13', 'bad_time', expect.any(String), 'why', '13'],
      ['12', 'empty', 'null', 'why', '12'],
    ]);
  });

  it.each([
    [['--reason', 'undecodable', '--since', '1d'], ['11']],
    [
      ['--since', '15m'],
      ['13', '12'],
    ],
    [['--topic', 'nope'], []],
    [['--topic', 'shop', '--reason', 'empty'], ['12']],
  ])('filters by %j', async (args, offsets) => {
    const { stdout } = await list(...args, '--format', 'json');
    const rows = stdout.split('\n').filter(Boolean);
    expect(rows.map(row => (JSON.parse(row) as { offset: string }).offset)).toEqual(offsets);
  });

  it('works on a data directory', async () => {
    const { stdout } = await footfall([
      'dead-letters',
      'list',
      '--data',
      clickhouse.dataDir,
      '--format',
      'json',
    ]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
  });

  const show = (offset: string, env = server) =>
    footfall(['dead-letters', 'show', 'shop', '1', offset], { env });

  it('shows the bytes of what is not framed', async () => {
    const { stdout } = await show('10');
    expect(stdout).toContain('reason        unframed\n');
    expect(stdout).toContain('key           v1\n');
    expect(stdout).toContain('header trace  0x00ff\n');
    expect(stdout).toContain(
      '00000000  68 65 6c 6c 6f 2c 20 64  65 61 64 20 6c 65 74 74  hello, dead lett\n00000010  65 72',
    );
    expect(stdout).toContain('not framed');
  });

  it('decodes as far as can be, and says where it ends', async () => {
    const { stdout } = await show('11');
    expect(stdout).toContain('no SCHEMA_REGISTRY_URL is set');
    expect(stdout).toContain('"event_id": "e1"');
    expect(stdout).toMatch(/^field \w+, at byte \d+: /m);
    // The second field says that it is longer than what there is.
    expect((await show('14')).stdout).toMatch(/"event_id": "e"[\s\S]*field event_name, at byte 7: /);
  });

  it('decodes what was rejected for what it says', async () => {
    const { stdout } = await show('13');
    expect(stdout).toContain('single-object encoding, footfall.Event version 1');
    expect(stdout).toContain('"event_time": -5');
    expect(stdout).toContain('all of it can be read');
  });

  it('asks the registry for the schema', async () => {
    const registry = createServer((request, response) => {
      response.end(request.url === '/schemas/ids/7' ? JSON.stringify({ schema: newest.text }) : '');
    });
    await new Promise<void>(listening => registry.listen(0, '127.0.0.1', listening));
    const { port } = registry.address() as AddressInfo;
    const { stdout } = await show('11', { ...server, SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}` });
    registry.close();
    expect(stdout).toContain('schema 7: as the registry has it');
  });

  it('fails on a place without one', async () => {
    expect(await show('99')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: no dead letter at shop partition 1 offset 99\n',
    });
  });

  it('reads times as UTC, and no day that there is not', () => {
    const now = Date.UTC(2026, 10, 22);
    expect(timeOf('36h', now)).toBe(now - 36 * 3_600_000);
    expect(timeOf('2026-11-01', now)).toBe(Date.UTC(2026, 10, 1));
    expect(timeOf('2026-11-01 12:30', now)).toBe(Date.UTC(2026, 10, 1, 12, 30));
    expect(timeOf('2026-11-01T12:30:15.250Z', now)).toBe(Date.UTC(2026, 10, 1, 12, 30, 15, 250));
    for (const wrong of ['2026-02-31', '2026-13-01', '5', '1w', '', '2026-11-01T25:00'])
      expect(() => timeOf(wrong, now), wrong).toThrow('--since: got');
  });
});

describe('doctor', () => {
  interface Finding {
    check: string;
    status: string;
    found: string;
    todo: string;
  }

  it('checks a data directory, a line each', async () => {
    const client = clickhouse.client();
    await client.command({
      query: `INSERT INTO footfall.site_gaps VALUES ('shop', 1800000, now64(3)), ('cafe', 1800000, now64(3))`,
    });
    await client.command({ query: `INSERT INTO footfall.sites (site) VALUES ('cafe')` });
    const { code, stdout } = await footfall(['doctor', '--data', clickhouse.dataDir]);
    expect(stdout).toContain('ok    tables and views: footfall is of this version\n');
    expect(stdout).toContain(`WARN  sites: without a row in sites, so in UTC and USD: shop\n`);
    expect(stdout).toContain(
      'WARN  dead letters: in the last day 1 bad_time, 1 empty, 1 undecodable, 1 unframed\n',
    );
    // Four letters of the last days were counted by nobody.
    expect(stdout).toMatch(/FAIL {2}ledger: residuals of the last 3 days/);
    expect(code).toBe(1);
  });

  it('tells of everything that cannot be reached, in JSON', async () => {
    const env = {
      KAFKA_BROKERS: '127.0.0.1:9',
      KAFKA_TOPICS: 'shop',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9',
      CLICKHOUSE_URL: 'http://127.0.0.1:9',
    };
    const { code, stdout } = await footfall(['doctor', '--json'], { env });
    const found = JSON.parse(stdout) as Finding[];
    expect(code).toBe(1);
    expect(found.filter(f => f.status === 'fail').map(f => f.check)).toEqual([
      'Kafka',
      'schema registry',
      'ClickHouse',
    ]);
    for (const { status, todo } of found) expect(todo === '').toBe(status === 'ok');
  });

  it('tells of wrong settings', async () => {
    const { code, stdout } = await footfall(['doctor'], { env: { METRICS_PORT: 'x' } });
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  settings: METRICS_PORT: got "x"');
  });
});
