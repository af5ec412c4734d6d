/**
 * The server as it is, over file calls and a clock that a test can turn: see test/kit/fault-control.ts.
 *
 * It is started like src/main.ts, by test/kit/cluster.ts, with FAULT_DIR in its environment.
 * Without FAULT_STEWARD there is no steward: nothing is done to the files but what a test asks for, and there
 * is no catalog.
 */
import { fileURLToPath } from 'node:url';
import { start } from '../../src/cluster/start.js';
import { openServer, openSteward } from '../../src/compose.js';
import { FileHost } from '../../src/store/files/host.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { faultyFiles, planReader } from './faulty-files.js';
import { mutantFiles } from './mutant-files.js';

const folder = process.env.FAULT_DIR;
if (folder === undefined) throw new Error('FAULT_DIR is not set');

await start({
  exec: fileURLToPath(import.meta.url),
  args: process.argv.slice(2),
  version: '0.0.0-fault',
  ...(process.env.FAULT_STEWARD === undefined ? {} : { openSteward }),
  openStoreHost: ({ dataDir }) => FileHost.open(dataDir),
  openServer: (input) => {
    const reader = planReader(folder, input.worker);
    const files = reader.plan.mutants.reduce(mutantFiles, nodeFiles);
    return openServer(input, {
      files: faultyFiles(files, folder, input.worker, reader),
      now: () => Date.now() + reader.plan.clockAheadMs,
    });
  },
});
