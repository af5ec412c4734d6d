/** Ids of taskspaces from names of files. Two names may give the same id; the second then gets a suffix. */
import { extname } from 'node:path';

const ID_LENGTH_MAX = 64;
const SUFFIX_LENGTH = 8;

/** Without extension, lower-cased, `-` for other characters, cut to 64. */
export function taskspaceIdOf(name: string, sha256: string): string {
  const plain = stemOf(name)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/gu, '-')
    .replace(/^[_-]+/, '')
    .slice(0, ID_LENGTH_MAX);
  // Nothing is left of a name like `日本.traj`.
  return plain === '' ? suffixed('run', sha256) : plain;
}

/** The id of a second source of that name: told from the first by the content. */
export function suffixed(id: string, sha256: string): string {
  const suffix = sha256.slice(0, SUFFIX_LENGTH);
  return `${id.slice(0, ID_LENGTH_MAX - SUFFIX_LENGTH - 1)}-${suffix}`;
}

export function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
