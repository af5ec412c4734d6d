/**
 * The names of a doc, and the tokens by which the index finds it besides its words: owner, type, names.
 *
 * Tokens of owners and names are checksums: what is found by one must be compared with the requested value.
 */
import { crc32 } from 'node:zlib';
import type { DocType } from './schema.js';
import { foldName } from './tokenize.js';

export interface Named {
  readonly type: DocType;
  readonly ref: string;
  readonly title: string;
}

const NAME_LENGTH_MAX = 256;

/** Folded: name and id of taskspaces and tasks, path and file name of artifacts. Messages have none. */
export function namesOf({ type, ref, title }: Named): readonly string[] {
  if (type === 'message') return [];
  const other = type === 'artifact' ? title.slice(title.lastIndexOf('/') + 1) : ref;
  const names = [title, other].map((name) => foldName(name).slice(0, NAME_LENGTH_MAX));
  return names[0] === names[1] ? names.slice(1) : names;
}

/** All tokens of a doc, for the column `scope`. @param owner the first owner of its taskspace. */
export function scopeOf(n: number, owner: string, doc: Named): string {
  const names = namesOf(doc).map(nameToken);
  return [generationToken(n), ownerToken(owner), typeToken(doc.type), ...names].join(' ');
}

export function generationToken(n: number): string {
  return `n${n}`;
}

export function ownerToken(owner: string): string {
  return `o${checksum(owner)}`;
}

export function typeToken(type: DocType): string {
  return `t${type}`;
}

/** @param name folded. */
export function nameToken(name: string): string {
  return `x${checksum(name)}`;
}

function checksum(text: string): string {
  return crc32(Buffer.from(text)).toString(16);
}
