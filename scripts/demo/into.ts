/**
 * `npm run demo -- --into <folder>`: many taskspaces straight into a data folder whose server is stopped. The
 * folder is locked as a server locks it. The next start looks at every journal, since what is new here was
 * told to nobody.
 */
import path from 'node:path';
import { lockDataDir } from '../../src/cluster/lock.js';
import { prepareDataDir } from '../../src/store/files/data-dir.js';
import { consumeStopMark } from '../../src/store/files/feed/start.js';
import { writeFolder } from './folder.js';
import type { Scenario } from './scenario.js';

const DAY_MS = 86_400_000;
/** So often what waits (the lock's refresh, the bar) gets its turn. */
const YIELD_EVERY = 50;

export interface FolderCounts {
  readonly made: number;
  readonly unchanged: number;
}

/** Throws StartError when the folder cannot serve or is in use. */
export async function writeInto(
  folder: string,
  seed: number,
  scenarios: Iterable<Scenario>,
  onProgress: (done: number) => void,
): Promise<FolderCounts> {
  const { dir } = await prepareDataDir(path.resolve(folder));
  const lock = await lockDataDir(dir, SILENT);
  try {
    consumeStopMark(dir);
    return await writeFolders(dir, seed, scenarios, onProgress);
  } finally {
    await lock.release();
  }
}

/**
 * For a folder that nobody else knows. Times end with yesterday, so that a day's runs give the same bytes.
 */
export async function writeFolders(
  dataDir: string,
  seed: number,
  scenarios: Iterable<Scenario>,
  onProgress: (done: number) => void,
): Promise<FolderCounts> {
  const now = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  let [made, done] = [0, 0];
  for (const scenario of scenarios) {
    if (writeFolder(dataDir, scenario, seed, now)) made++;
    done++;
    if (done % YIELD_EVERY !== 0) continue;
    onProgress(done);
    await new Promise((resume) => setImmediate(resume));
  }
  onProgress(done);
  return { made, unchanged: done - made };
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (_fields: object, message: string) => process.stderr.write(`${message}\n`),
};
