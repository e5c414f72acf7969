import { once } from 'node:events';
import { createServer } from 'node:http';

/** A server that all test processes of one run use: plain data about it, and how to end it. */
export interface SharedService<Details> {
  details: Details;
  stop(): Promise<void>;
}
type Start = () => Promise<SharedService<unknown>>;

const ADDRESS = 'FOOTFALL_TEST_SERVICES';

/**
 * Runs in vitest's main process: starts each service when a test process first asks for it, so that tests that need
 * none pay for none. Returns how to end all.
 */
export async function shareServices(services: Record<string, Start>): Promise<() => Promise<void>> {
  const started = new Map<string, Promise<SharedService<unknown>>>();
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    const start = services[name];
    if (!start) {
      response.writeHead(404).end(`no service ${name}`);
      return;
    }
    const service = started.get(name) ?? start();
    started.set(name, service);
    service.then(
      ({ details }) => response.end(JSON.stringify(details)),
      error => response.writeHead(500).end(String(error instanceof Error ? error.message : error)),
    );
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.env[ADDRESS] = `http://127.0.0.1:${address.port}`;

  return async () => {
    server.close();
    server.closeAllConnections();
    const ends = [...started.values()].map(service => service.then(({ stop }) => stop()));
    await Promise.allSettled(ends);
  };
}

const own = new Map<string, Promise<SharedService<unknown>>>();

/**
 * The details of a service: the shared one in a test run; in a script (a benchmark) one of this process, which ends
 * with it. Errors: what the service's start said.
 */
export async function sharedService<Details>(
  name: string,
  start: () => Promise<SharedService<Details>>,
): Promise<Details> {
  const address = process.env[ADDRESS];
  if (address) {
    const response = await fetch(`${address}/${name}`);
    const body = await response.text();
    if (!response.ok) throw new Error(body);
    return JSON.parse(body) as Details;
  }
  const service = own.get(name) ?? start();
  own.set(name, service);
  return (await service).details as Details;
}

/** Ends what this process itself started: for scripts. */
export async function stopOwnServices(): Promise<void> {
  for (const service of own.values()) await (await service).stop();
  own.clear();
}
