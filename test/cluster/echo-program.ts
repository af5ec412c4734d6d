/**
 * The cluster with a server of a few lines, as a program of its own: what is tested here is how processes
 * start, end and follow one another, not what they serve. `GET /slow?ms=` answers late, `GET /hang` blocks
 * the event loop for good, `GET /deaf` makes it lose each new connection, everything else answers at once;
 * every answer names the process and its worker number. While the file named by ECHO_STILLBORN exists,
 * workers from ECHO_STILLBORN_FROM (2) on die before they serve.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { listenError } from '../../src/cluster/listen.js';
import type { RunningServer, ServerInput } from '../../src/cluster/running-server.js';
import { start } from '../../src/cluster/start.js';
import { FileHost } from '../../src/store/files/host.js';

async function openEcho({ config, worker }: ServerInput): Promise<RunningServer> {
  const from = Number(process.env.ECHO_STILLBORN_FROM ?? 2);
  if (worker >= from && existsSync(process.env.ECHO_STILLBORN ?? '')) process.exit(3);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/hang') for (;;);
    if (url.pathname === '/deaf') loseConnections();
    const ms = url.pathname === '/slow' ? Number(url.searchParams.get('ms')) : 0;
    setTimeout(() => response.end(JSON.stringify({ pid: process.pid, worker })), ms);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, config.host, config.port)));
    server.listen({ host: config.host, port: config.port }, resolve);
  });
  return {
    close: (deadlineMs) =>
      new Promise((resolve) => {
        server.close(() => resolve(true));
        setTimeout(() => resolve(false), deadlineMs).unref();
      }),
  };
}

/** The messages with which Node hands over connections do not get through any more. */
function loseConnections(): void {
  const emit = process.emit;
  process.emit = ((name: string, ...args: unknown[]) => {
    const message = args[0] as { act?: string } | undefined;
    return name === 'internalMessage' && message?.act === 'newconn'
      ? false
      : Reflect.apply(emit, process, [name, ...args]);
  }) as typeof process.emit;
}

await start({
  exec: fileURLToPath(import.meta.url),
  args: process.argv.slice(2),
  version: '0.0.0-test',
  openStoreHost: ({ dataDir }) => FileHost.open(dataDir),
  openServer: openEcho,
});
