#!/usr/bin/env node
/**
 * Starts the server: one primary and its workers, from dist/, which is built first when it is missing or old.
 *
 * Usage:   npm run prod            (settings are environment variables: see README)
 * Output:  one line on stdout when all workers are ready; the log on stderr.
 * Exit:    0 stopped by a signal; 1 cannot start (port or data folder in use, build failed); 78 settings are wrong.
 */
import { ensureBuilt } from './build.mjs';

const built = await ensureBuilt();
if (built !== 0) {
  process.stderr.write('dist/ could not be built. Repair what the compiler names above, or run `npm ci`.\n');
  process.exit(1);
}
process.argv[2] = 'prod';
await import('../dist/main.js');
