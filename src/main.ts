/**
 * The program: `prod` is the primary of a cluster, `worker` and `steward` its processes, `dev`
 * everything in one.
 *
 * It only says which program this is and what a process serves; the roles are in src/cluster.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { start } from './cluster/start.js';
import { FileHost } from './store/files/host.js';
import { memoryHost } from './store/memory/host.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await start({
  exec: fileURLToPath(import.meta.url),
  args: process.argv.slice(2),
  version,
  // Loaded only where it runs: a primary that loads the server only to fork it would start half as fast.
  openStoreHost: async ({ store, dataDir }) => (store === 'memory' ? memoryHost : FileHost.open(dataDir)),
  openServer: async (input) => (await import('./compose.js')).openServer(input),
  openSteward: async (input) => (await import('./compose.js')).openSteward(input),
});
