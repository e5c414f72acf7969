import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** A worker without a sign of life for so long is stuck: everything that it waits for gives one sooner. */
const STALLED_MS = 600_000;
/** Answers to a probe must not pile up behind a ClickHouse that hangs. */
const READY_TIMEOUT_MS = 5_000;

export interface OperationsOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  registry: Registry;
  /** Null: ready; else what is still waited for. Rejections count as not ready. */
  notReady: () => Promise<string | null>;
  /** When the loop last gave a sign of life, ms. */
  lastSign: () => number;
}

export interface Operations {
  url: string;
  stop(): Promise<void>;
}

/**
 * HTTP for those who run a worker: /metrics (Prometheus), /live (500 where a restart would help), /ready (503 until all
 * partitions are restored and ClickHouse is reached). Errors: a port that is taken.
 */
export async function startOperations(options: OperationsOptions): Promise<Operations> {
  const { registry } = options;

  async function answer(path: string, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/metrics': {
        const body = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(body);
        return;
      }
      case '/live': {
        const silentMs = Date.now() - options.lastSign();
        if (silentMs < STALLED_MS) say(response, 200, 'live');
        else say(response, 500, `no sign of life for ${Math.round(silentMs / 1000)} s`);
        return;
      }
      case '/ready': {
        const why = await withinTime(options.notReady()).catch(messageOf);
        if (why === null) say(response, 200, 'ready');
        else say(response, 503, why);
        return;
      }
      default:
        say(response, 404, 'there are /metrics, /live and /ready');
    }
  }

  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      say(response, 405, 'GET only');
      return;
    }
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    answer(path, response).catch(error => say(response, 500, messageOf(error)));
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${READY_TIMEOUT_MS} ms`)), READY_TIMEOUT_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
