#!/usr/bin/env node
/**
 * Starts the server: one primary and its workers, from dist/, which is built first when it is missing or old.
 *
 * Usage:   npm run prod            (settings are environment variables: see README)
 * Output:  one line on stdout when all workers are ready; the log on stderr.
 * Exit:    0 stopped by a signal; 1 cannot start (port or data folder in use, build failed); 2 wrong usage;
 *          78 settings
 *          are wrong.
 */
import { ensureBuilt } from './build.mjs';
import { checkArguments } from './usage.mjs';

checkArguments(
  process.argv.slice(2),
  'Usage: npm run prod\nStarts the server. Settings are environment variables, such as PORT=8080: see README.',
  (arg) => arg === 'prod',
  'Settings are environment variables, such as PORT=8080 npm run prod: see README.',
);
const built = await ensureBuilt();
if (built !== 0) {
  process.stderr.write('dist/ could not be built. Repair what the compiler names above, or run `npm ci`.\n');
  process.exit(1);
}
leaveWithNpm();
process.argv[2] = 'prod';
await import('../dist/main.js');

/**
 * npm hands on SIGTERM, but cannot hand on its own death by SIGKILL: then nobody would know of this server
 * any more.
 */
function leaveWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}
