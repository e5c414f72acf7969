import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** One end of a named pipe that the engine writes a result into: bounded memory, and it waits while nobody reads. */
export interface Pipe {
  stream: Readable;
  /** The engine has written all: the stream ends once it has been read. */
  finish(): void;
}

/** Makes named pipes (Node has no call for it). Linux and macOS, like the engine. */
export function makePipes(paths: string[]): void {
  execFileSync('mkfifo', ['-m', '600', ...paths]);
}

/** Opens a pipe for reading, before the engine opens it for writing. */
export function openPipe(path: string): Pipe {
  // A writer of our own keeps the stream open until `finish`, and keeps the engine's open() from waiting for ever.
  const holder = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const stream = new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  return { stream, finish: () => closeSync(holder) };
}
