/**
 * Proves that no worker shows anything old, in public: real clusters, clients that write down all that they
 * see, faults thrown at processes and Redis, and a verdict on the history (test/consistency).
 *
 * Usage:  npm run test:consistency [-- --short] [<part of a configuration's name> …]      SEED=<number>
 *         replays choices
 * Output: a line for each phase as it ends, then the whole table; .cache/consistency.json has the figures.
 * Exit:   0 all promises were kept · 1 one was broken · 2 there is nothing to run
 *
 * It takes about twelve minutes. Times are those of this machine at this moment: on a busy one they say
 * little.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkArguments } from './usage.mjs';

const PROGRAM = fileURLToPath(new URL('../test/consistency/consistency-program.ts', import.meta.url));

const args = process.argv.slice(2);
const usage = "Usage: npm run test:consistency [-- --short] [<part of a configuration's name> …]";
checkArguments(args, usage, (arg) => arg === '--short' || !arg.startsWith('-'), usage);
const { status } = spawnSync(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { stdio: 'inherit' });
process.exitCode = status ?? 1;
