/**
 * What serves requests: the composed server with HTTP in front. The same for a worker and for `npm run dev`.
 */
import type { Server } from 'node:http';
import { createHttpServer } from '../http/server.js';
import type { ServiceOptions } from '../service/create-service.js';
import { compose } from './compose.js';
import { listenError } from './listen.js';
import type { RunningServer, ServerInput } from './running-server.js';

/** Connections that may wait to be accepted while the process is busy. */
const BACKLOG = 1024;

/**
 * Resolves when the server listens.
 * @param ports file calls and clock, for programs that test the server under faults.
 * @throws StartError when it cannot.
 */
export async function openServer(
  { config, log, worker, startedAt }: ServerInput,
  ports: Pick<ServiceOptions, 'files' | 'now'> = {},
): Promise<RunningServer> {
  const role = config.mode === 'dev' ? 'alone' : 'worker';
  const { service, close } = await compose({ config, log, worker, role, ports });
  const { server, drain } = createHttpServer({ service, config, log, worker, startedAt });
  await listen(server, config.host, config.port);
  return {
    async close(deadlineMs) {
      const untilMs = performance.now() + deadlineMs;
      await drain(deadlineMs);
      const inTime = performance.now() < untilMs;
      await close();
      return inTime;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(listenError(error, host, port));
    server.once('error', refuse);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
