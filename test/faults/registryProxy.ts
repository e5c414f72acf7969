import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * refused: nothing listens. hanging: connections are taken and never answered. failing: every answer is a 503. lagging:
 * a replica that has not heard of any schema yet.
 */
export type RegistryState = 'there' | 'refused' | 'hanging' | 'failing' | 'lagging';

/** Stands before a real registry, so that one test can take it away while others use it. */
export interface RegistryProxy {
  url: string;
  be(state: RegistryState): Promise<void>;
  close(): Promise<void>;
}

export async function startRegistryProxy(registryUrl: string): Promise<RegistryProxy> {
  let state: RegistryState = 'there';
  let port = 0;
  const sockets = new Set<Socket>();
  let server: Server | null = null;

  async function listen(): Promise<void> {
    server = createServer(async (request, response) => {
      if (state === 'hanging') return;
      response.setHeader('content-type', 'application/json');
      if (state === 'failing') response.writeHead(503).end('{}');
      else if (state === 'lagging') {
        response.writeHead(404).end(JSON.stringify({ error_code: 40403, message: 'Schema not found' }));
      } else {
        const answer = await fetch(`${new URL(registryUrl).origin}${request.url}`);
        response.writeHead(answer.status).end(await answer.text());
      }
    });
    server.on('connection', socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    port = address.port;
  }

  async function hangUp(): Promise<void> {
    if (server === null) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    server = null;
  }

  await listen();
  return {
    url: `http://127.0.0.1:${port}${new URL(registryUrl).pathname}`,
    async be(next) {
      state = next;
      if (next === 'refused') await hangUp();
      else if (server === null) await listen();
      // Kept-alive connections and requests under way are of the state before.
      else for (const socket of sockets) socket.destroy();
    },
    close: hangUp,
  };
}
