#!/usr/bin/env node
/**
 * Runs the server from src/ in one process, and starts it again whenever a file in src/ changes.
 *
 * Usage:   npm run dev             (settings are environment variables: see README)
 * Output:  the server's own.
 * Exit:    the server's: 0 stopped by a signal; 2 wrong usage; 78 settings are wrong; 1 cannot start (port or
 *          data folder in use).
 *
 * A server that cannot start ends this too: the same settings would fail again. One that dies of a defect in
 * the code is started again by the next change. data/ is never watched.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import { checkArguments } from './usage.mjs';

checkArguments(
  process.argv.slice(2),
  'Usage: npm run dev\nRuns the server from src/ and starts it again after changes. Settings are environment variables, such as PORT=8080: see README.',
  () => false,
  'Settings are environment variables, such as PORT=8080 npm run dev: see README.',
);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SETTLE_MS = 100;
const DRAIN_MS = 3000;

let child = null;
let refused = false;
let stopping = false;
let restarting = false;
let timer = null;

const watcher = watch(fileURLToPath(new URL('../src', import.meta.url)), { ignoreInitial: true });
watcher.on('all', (_event, path) => {
  if (!/\.(ts|json|html|css)$/.test(path) || stopping) return;
  clearTimeout(timer);
  timer = setTimeout(restart, SETTLE_MS);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (child === null) process.exit(0);
    // A terminal has sent SIGINT to the server as well; SIGTERM after it changes nothing. A second time ends
    // it at once.
    child.kill(stopping ? 'SIGINT' : 'SIGTERM');
    stopping = true;
  });
}

run();

function run() {
  restarting = false;
  refused = false;
  child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16' },
  });
  child.on('message', (message) => {
    if (message?.type === 'fatal') refused = true;
  });
  child.once('exit', ended);
}

/**
 * The data folder's lock passes on at once and nothing acknowledged is lost, so a slow drain is cut short
 * here.
 */
function restart() {
  if (stopping || restarting) return;
  restarting = true;
  process.stderr.write('Changed: starting again\n');
  if (child === null) return run();
  const old = child;
  old.kill('SIGTERM');
  const kill = setTimeout(() => old.kill('SIGKILL'), DRAIN_MS);
  old.once('exit', () => clearTimeout(kill));
}

function ended(code, signal) {
  child = null;
  if (stopping) return leave(signal === null ? code : 0);
  if (refused) return leave(code);
  if (restarting) return run();
  process.stderr.write(
    `The server has ended (${signal ?? code}). It starts again when a file in src/ changes.\n`,
  );
}

function leave(code) {
  watcher.close().finally(() => process.exit(code ?? 1));
}
