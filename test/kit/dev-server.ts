/** The program from src/ over a data folder of its own, from now to the end of the test file. */
import { atEnd } from './at-end.js';
import { ownedFolder } from './owned-folder.js';
import { MAIN, ServerProcess } from './server-process.js';

/** @returns its URL. */
export function startDevServer(): Promise<string> {
  const data = ownedFolder();
  atEnd(data.remove);
  const server = new ServerProcess(MAIN, ['dev'], { DATA_DIR: data.path, LOG_LEVEL: 'warn' });
  atEnd(() => server.end());
  return server.ready();
}
