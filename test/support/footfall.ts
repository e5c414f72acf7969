import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ENTRY = join(import.meta.dirname, '../../pipeline/commands/footfall.mjs');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningFootfall {
  child: ChildProcess;
  /** Waits for text on either output. Errors: it ended without. */
  says(text: string | RegExp): Promise<RegExpMatchArray>;
  ended: Promise<Ended>;
}

export interface FootfallOptions {
  /** Settings; of this process's environment only what programs need. */
  env?: Record<string, string>;
  /** A folder without `.env` where left out. */
  cwd?: string;
  input?: string;
}

let emptyFolder: Promise<string> | undefined;

/** Starts the command line as users do. What still runs is killed when this process ends. */
export async function startFootfall(args: string[], options: FootfallOptions = {}): Promise<RunningFootfall> {
  emptyFolder ??= mkdtemp(join(tmpdir(), 'footfall-cwd-'));
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: options.cwd ?? (await emptyFolder),
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.stdin.end(options.input ?? '');
  const heard = { stdout: '', stderr: '' };
  let told = (): void => {};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      heard[name] += text;
      told();
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => {
    process.off('exit', end);
    told();
    return { code: code as number | null, ...heard };
  });
  return {
    child,
    ended,
    async says(text) {
      for (;;) {
        const found = (heard.stdout + heard.stderr).match(text);
        if (found !== null) return found;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(
            `ended (${child.exitCode ?? child.signalCode}) without saying ${text}: ${heard.stdout}${heard.stderr}`,
          );
        await new Promise<void>(resolve => {
          told = resolve;
        });
      }
    },
  };
}

/** Runs a command to its end. */
export async function footfall(args: string[], options: FootfallOptions = {}): Promise<Ended> {
  return await (await startFootfall(args, options)).ended;
}

/** Asks again until it is so: for what another process does, of which nothing tells. */
export async function eventually<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    await delay(50);
  }
}
