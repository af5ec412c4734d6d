#!/usr/bin/env node
/**
 * Finds a redis-server for the tests, or fetches one (see fetched-program.mjs).
 *
 * Usage:   node scripts/redis.mjs
 * Output:  the path of the server, and LD_LIBRARY_PATH where it needs one; or why there is none and how to
 *          get it.
 * Exit:    0 there is one; 1 there is none.
 */
import { fileURLToPath } from 'node:url';
import { findProgram, sayProgram } from './fetched-program.mjs';

const HOW =
  'Install redis-server (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`).';

let found;

/** Asked again, it gives the same answer. */
export function findRedis() {
  found ??= findProgram({
    name: 'redis',
    commands: ['redis-server'],
    packages: ['redis-server', 'redis-tools'],
    file: 'usr/bin/redis-server',
  });
  return found;
}

/** What to say loudly at the end of a test run, or null when nothing was left out. */
export function redisNotice() {
  const { reason } = findRedis();
  return reason === undefined ? null : `NOT RUN: all tests that need a Redis. ${reason} ${HOW}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) sayProgram(findRedis(), redisNotice());
