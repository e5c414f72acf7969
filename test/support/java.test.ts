import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startServer, temporaryFolder } from './java.ts';

const listens = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 20));
}

it('ends a server and removes its folder when the process that started it is killed', async () => {
  const parent = fork(new URL('./serverParent.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  const [{ port, folder }] = await once(parent, 'message');
  expect(await listens(port)).toBe(true);
  expect(existsSync(folder)).toBe(true);
  parent.kill('SIGKILL');
  await until(async () => !(await listens(port)));
  await until(() => !existsSync(folder));
});

it('shows the log of a server that does not come up', async () => {
  const folder = await temporaryFolder('broken');
  const args = ['-e', 'console.log("no license"); process.exit(1)'];
  const starting = startServer({
    name: 'It',
    program: process.execPath,
    args,
    folder,
    port: 1,
    timeoutMs: 10_000,
  });
  await expect(starting).rejects.toThrow(/It ended:\nno license/);
});
