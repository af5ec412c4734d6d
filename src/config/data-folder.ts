/**
 * `DATA_DIR`: an absolute path, refused when it is probably a mistake, or when SQLite could
 * not open files in it.
 */
import { resolve } from 'node:path';
import { ConfigError } from './start-error.js';
import type { Values } from './values.js';

/**
 * SQLite opens paths of less than 512 bytes (MAX_PATHNAME in os_unix.c); the longest below
 * DATA_DIR takes 40 of them.
 */
const PATH_BYTES_MAX = 470;

/** @returns the absolute path. @throws ConfigError. */
export function readDataDir(values: Values): string {
  const given = values.matching('DATA_DIR', './data', (path) => !path.includes('\0'), 'a path');
  if (given.startsWith('~') || given.split('/').includes('~'))
    throw new ConfigError(
      `DATA_DIR=${JSON.stringify(given)} has a ~, which only a shell turns into a home folder. Write the whole path.`,
    );
  const dir = resolve(given);
  const bytes = Buffer.byteLength(dir);
  if (bytes > PATH_BYTES_MAX)
    throw new ConfigError(
      `DATA_DIR is ${bytes} bytes long, and SQLite opens nothing below a path of more than ${PATH_BYTES_MAX}. Set it to a shorter path.`,
    );
  return dir;
}
