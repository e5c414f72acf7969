import { freePorts, startServer, temporaryFolder } from './java.ts';

/** Starts a server and waits to be killed; for java.test.ts. */
const folder = await temporaryFolder('parent');
const [port = 0] = await freePorts(1);
const args = ['-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`];
await startServer({ name: 'A server', program: process.execPath, args, folder, port, timeoutMs: 10_000 });
process.send?.({ port, folder });
