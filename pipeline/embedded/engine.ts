import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChdbResult, drainPending, Session } from 'chdb';
import PQueue from 'p-queue';
import { configDir, emptyScratch, engineDir, scratchDir } from './directory.ts';
import { exception } from './errors.ts';
import { IDLE_SESSIONS_MAX, NAMED_SESSIONS_MAX, READS_AT_ONCE, WRITES_AT_ONCE } from './limits.ts';
import { makePipes } from './pipes.ts';
import { quote, quoteName } from './statement.ts';
import { becomeUser, connectionArgs, type UserName, usersXml } from './users.ts';

/** What a request wants its session to be like. */
export interface SessionWish {
  user: UserName;
  readonly: boolean;
  database: string | null;
  roles: string[];
  /** Name → value, as in the URL. */
  settings: Map<string, string>;
  params: Map<string, string>;
  /** Marks the request's queries, so that they can be killed. */
  tag: string;
}

export interface NamedSession {
  id: string;
  timeout_ms: number;
  /** Fail where it does not exist yet. */
  mustExist: boolean;
}

export interface Engine {
  /** For files of requests in flight. */
  directory: string;
  /** Runs `job` when there is a place for it; reads never wait for writes, nor writes for reads. `pipe`: the place's own. */
  read<T>(job: (pipe: string) => Promise<T>): Promise<T>;
  write<T>(job: () => Promise<T>): Promise<T>;
  /** Lends a session as wished. `keeps`: the job may change its session, which then serves nobody else. */
  withSession<T>(wish: SessionWish, keeps: boolean, job: (session: Session) => Promise<T>): Promise<T>;
  withNamedSession<T>(
    wish: SessionWish,
    named: NamedSession,
    job: (session: Session) => Promise<T>,
  ): Promise<T>;
  /** A statement of the front's own, aside from all others. */
  control(sql: string): Promise<ChdbResult>;
  kill(tag: string): Promise<void>;
  /** Waits for what is running, then lets go of the data directory. */
  close(): Promise<void>;
}

interface Kept {
  session: Session;
  busy: boolean;
  timer: NodeJS.Timeout;
}

/**
 * Opens ClickHouse over a directory and holds its lock (the engine's own, on `status`, which a SIGKILL releases).
 * Settings never leak between requests: a session is used again only for a request with the very same user,
 * database, roles, settings and names of parameters, and only after statements that cannot change a session.
 * Errors: the directory is in use.
 */
export async function openEngine(dataDir: string): Promise<Engine> {
  const config = configDir(dataDir);
  const scratch = scratchDir(dataDir);
  await writeFile(join(config, 'users.xml'), usersXml());
  await writeFile(
    join(config, 'config.xml'),
    `<clickhouse><users_config>${join(config, 'users.xml').replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</users_config></clickhouse>\n`,
  );
  const open = (args: string[]): Session =>
    new Session(engineDir(dataDir), {
      // What the embedded engine changes against a server's defaults is changed back; inserts are durable when answered.
      connectionArgs: [
        `--config-file=${join(config, 'config.xml')}`,
        '--implicit_select=0',
        '--allow_introspection_functions=0',
        '--async_insert=0',
        ...args,
      ],
    });

  const controlSession = open([]);
  // From here on the directory is ours.
  await emptyScratch(dataDir);
  const controlQueue = new PQueue({ concurrency: 1 });
  const reads = new PQueue({ concurrency: READS_AT_ONCE });
  const writes = new PQueue({ concurrency: WRITES_AT_ONCE });
  const idle: { key: string; session: Session }[] = [];
  const kept = new Map<string, Kept>();
  const pipes = Array.from({ length: READS_AT_ONCE }, (_, i) => join(scratch, `result-${i}`));
  makePipes(pipes);

  async function run(session: Session, statements: string[]): Promise<void> {
    if (statements.length > 0) await session.queryAsync(statements.join(';\n'));
  }

  async function fresh(wish: SessionWish): Promise<Session> {
    const session = open(connectionArgs(wish.user, wish.readonly));
    try {
      await run(session, [...becomeUser(wish.user), ...each(wish)]);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /**
   * A failed query stays on its session, with its locks and its place among the processes, until the next one; and a
   * session closes only when no query runs on any.
   */
  async function forget(session: Session): Promise<void> {
    await run(session, ['SELECT 1']);
  }

  /** All of the wish but what stays the same in a session that is used again. */
  async function prepare(session: Session, wish: SessionWish): Promise<void> {
    const values = [...wish.params].map(([name, value]) => `param_${name} = ${quote(value)}`);
    if (!wish.settings.has('log_comment')) values.push(`log_comment = ${quote(wish.tag)}`);
    await run(session, values.length === 0 ? [] : [`SET ${values.join(', ')}`]);
  }

  function drop(id: string): void {
    const entry = kept.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    kept.delete(id);
    entry.session.close();
  }

  return {
    directory: scratch,
    read: job =>
      reads.add(() => {
        const file = pipes.pop();
        if (file === undefined) throw new Error('more reads at once than pipes');
        return job(file).finally(() => pipes.push(file));
      }),
    write: job => writes.add(job),

    async withSession(wish, keeps, job) {
      const key = JSON.stringify([
        wish.user,
        wish.readonly,
        wish.database,
        wish.roles,
        [...wish.settings],
        [...wish.params.keys()].sort(),
      ]);
      const at = idle.findLastIndex(entry => entry.key === key);
      const session = at < 0 ? await fresh(wish) : (idle.splice(at, 1)[0]?.session ?? (await fresh(wish)));
      let again = false;
      try {
        await prepare(session, wish);
        const result = await job(session);
        again = !keeps;
        return result;
      } catch (error) {
        await forget(session);
        throw error;
      } finally {
        if (again) idle.push({ key, session });
        else session.close();
        if (idle.length > IDLE_SESSIONS_MAX) idle.shift()?.session.close();
      }
    },

    async withNamedSession(wish, named, job) {
      const id = `${wish.user} ${named.id}`;
      let entry = kept.get(id);
      if (entry?.busy)
        throw exception(373, 'SESSION_IS_LOCKED', `Session ${named.id} is locked by a concurrent client`);
      if (entry === undefined) {
        if (named.mustExist) throw exception(372, 'SESSION_NOT_FOUND', `Session ${named.id} not found`);
        if (kept.size >= NAMED_SESSIONS_MAX)
          throw exception(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many sessions');
        const timer = setTimeout(() => drop(id), named.timeout_ms);
        entry = { session: open([]), busy: true, timer };
        kept.set(id, entry);
      }
      const { session, timer } = entry;
      entry.busy = true;
      clearTimeout(timer);
      // A request's own settings end with it; what its statement SETs stays: so they are put back, not forgotten.
      try {
        const before = await remember(session, wish);
        try {
          await run(session, each(wish));
          await prepare(session, wish);
          return await job(session);
        } finally {
          await forget(session);
          await run(session, before);
        }
      } finally {
        entry.busy = false;
        entry.timer = setTimeout(() => drop(id), named.timeout_ms);
      }
    },

    control: sql => controlQueue.add(() => controlSession.queryAsync(sql, { format: 'TSVRaw' })),

    async kill(tag) {
      await controlQueue.add(() =>
        controlSession.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quote(tag)} ASYNC`),
      );
    },

    async close() {
      await Promise.all([reads.onIdle(), writes.onIdle(), controlQueue.onIdle()]);
      for (const id of [...kept.keys()]) drop(id);
      for (const { session } of idle) session.close();
      controlSession.close();
      await drainPending();
    },
  };
}

/** The wish's database, roles and settings as statements. */
function each(wish: SessionWish): string[] {
  const settings = [...wish.settings].map(([name, value]) => `${name} = ${quote(value)}`);
  return [
    ...(wish.database === null ? [] : [`USE ${quoteName(wish.database)}`]),
    ...(wish.roles.length === 0 ? [] : [`SET ROLE ${wish.roles.map(quoteName).join(', ')}`]),
    ...(settings.length === 0 ? [] : [`SET ${settings.join(', ')}`]),
  ];
}

/** Statements that bring back what a request's own settings and database are about to hide. */
async function remember(session: Session, wish: SessionWish): Promise<string[]> {
  const names = [...wish.settings.keys(), 'log_comment'].map(quote).join(', ');
  const found = await session.queryAsync(
    `SELECT name, value, changed FROM system.settings WHERE name IN (${names})`,
    {
      format: 'JSONCompactEachRow',
    },
  );
  const lines = found.text().split('\n').filter(Boolean);
  const rows = lines.map(line => JSON.parse(line) as [string, string, number]);
  const back = rows.map(([name, value, changed]) => `SET ${name} = ${changed ? quote(value) : 'DEFAULT'}`);
  if (wish.database === null) return back;
  const database = await session.queryAsync('SELECT currentDatabase()', { format: 'TSVRaw' });
  return [...back, `USE ${quoteName(database.text().trimEnd())}`];
}
