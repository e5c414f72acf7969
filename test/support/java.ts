import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program to its end; the error names what to install when it is not there. */
export async function runProgram(
  program: string,
  args: string[],
  options: { cwd?: string } = {},
): Promise<string> {
  try {
    return (await run(program, args, { ...options, maxBuffer: 64 << 20 })).stdout;
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing)
      throw new Error(`The tests need \`${program}\`; on Debian: apt-get install ${DEBIAN[program]}`, {
        cause,
      });
    throw cause;
  }
}
const DEBIAN: Record<string, string> = { mvn: 'maven', openssl: 'openssl', tar: 'tar' };

/**
 * A folder under .cache/ that `fill` makes once. Filled beside its place and renamed, so that a half-made one is
 * never seen and two test runs at once do no harm.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(ROOT, '.cache', name);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const making = await mkdtemp(`${folder}.making-`);
  try {
    await fill(making);
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The path of a Java of at least this version: JAVA_HOME, the PATH, then /usr/lib/jvm. */
export async function findJava(versionMin: number): Promise<string> {
  const installed = await readdir('/usr/lib/jvm').catch(() => []);
  const homes = [process.env.JAVA_HOME ?? [], installed.sort().map(name => `/usr/lib/jvm/${name}`)].flat();
  const programs = homes.map(home => join(home, 'bin/java')).filter(existsSync);
  const candidates = ['java', ...programs];
  const found: string[] = [];
  for (const java of candidates) {
    const version = await javaVersion(java);
    if (version >= versionMin) return java;
    if (version > 0) found.push(`${java} is ${version}`);
  }
  const seen = found.length > 0 ? ` (${found.join(', ')})` : '';
  throw new Error(
    `The tests need Java ${versionMin} or later${seen}. Install one (Debian: apt-get install openjdk-${versionMin}-jre-headless) or point JAVA_HOME at it.`,
  );
}

/** The major version; 0 where there is none. */
async function javaVersion(java: string): Promise<number> {
  const said = await run(java, ['-version']).then(
    done => done.stderr,
    () => '',
  );
  return Number(/version "(\d+)/.exec(said)?.[1] ?? 0);
}

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    ports.push(address.port);
  }
  await Promise.all(servers.map(server => promisify(server.close.bind(server))()));
  return ports;
}

export interface Server {
  child: ChildProcess;
  /** Ends the server at once, as a power cut would. */
  kill(): Promise<void>;
}

/**
 * Starts a server in a folder and waits until it answers on `port`. It ends with this process whatever happens to it:
 * its watchdog reads our end of a pipe, which the kernel closes when we are gone.
 * Errors: the end of the server's log when it dies or is not up in time.
 */
export async function startServer(options: {
  name: string;
  program: string;
  args: string[];
  folder: string;
  port: number;
  timeoutMs: number;
}): Promise<Server> {
  const { name, folder, port, timeoutMs } = options;
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const watchdog = 'exec 3<&0; { cat <&3; kill -9 $$; } >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';
  const child = spawn('sh', ['-c', watchdog, 'sh', options.program, ...options.args], {
    cwd: folder,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = once(child, 'exit');
  const isDead = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    child.kill('SIGKILL');
    if (!isDead()) await ended;
  };

  const until = Date.now() + timeoutMs;
  while (!(await answers(port))) {
    if (isDead() || Date.now() > until) {
      const how = isDead() ? 'ended' : `was not up after ${timeoutMs} ms`;
      await kill();
      throw new Error(`${name} ${how}:\n${(await readFile(logFile, 'utf8')).slice(-4000)}`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return { child, kill };
}

/** Whether something listens there: a port can only be polled. */
function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const done = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** A folder that is removed when this process ends, however it ends. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `footfall-${name}-`));
  // The second try is for a server that still wrote while it was being killed.
  const guard = 'cat >/dev/null; rm -rf "$1" || { sleep 1; rm -rf "$1"; }';
  const child = spawn('sh', ['-c', guard, 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return folder;
}

export const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5 });
export const inRepository = (path: string) => join(ROOT, path);
