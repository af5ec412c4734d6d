/**
 * Any folder: every regular file in it becomes an artifact. Nothing is followed out of the folder, and what
 * cannot be an artifact is found before the first write. The folder's hash is the one of its `sha256sum`
 * list, sorted by path.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactsOnly, BadSource, type Draft, type DraftArtifact } from './draft.js';
import { sha256Of, sha256OfFile } from './sha256.js';

const LEFT_OUT = new Set(['.git', 'node_modules']);
const NAME_LENGTH_MAX = 200;
const PATH_BYTES_MAX = 1024;
const SEGMENT_BYTES_MAX = 255;
const NAMES_IN_NOTE = 5;

interface Found {
  readonly files: { readonly path: string; readonly file: string }[];
  readonly leftOut: string[];
}

export async function readFolder(path: string, name: string): Promise<Draft> {
  const found: Found = { files: [], leftOut: [] };
  await walk(path, '', found);
  if (found.files.length === 0) throw new BadSource('there is no file in it');
  const files = found.files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const twice = files.find((file, i) => file.path === files[i + 1]?.path);
  if (twice) throw new BadSource(`two files have the name ${JSON.stringify(twice.path)} in Unicode form NFC`);
  const artifacts: DraftArtifact[] = [];
  for (const { path: artifact, file } of files) {
    const { size } = await lstat(file);
    artifacts.push({ path: artifact, content: { file }, size, sha256: await sha256OfFile(file) });
  }
  const list = artifacts.map((artifact) => `${artifact.sha256}  ${artifact.path}\n`).join('');
  return {
    name: [...name].slice(0, NAME_LENGTH_MAX).join(''),
    status: 'active',
    source: { folder: name, sha256: sha256Of(list) },
    data: {},
    ...artifactsOnly(artifacts),
    notes: notesOf(found.leftOut),
  };
}

async function walk(folder: string, prefix: string, found: Found): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`.normalize('NFC');
    const reason = reasonToLeaveOut(entry, prefix);
    if (reason !== null) {
      found.leftOut.push(`${path} (${reason})`);
      continue;
    }
    checkPath(path);
    const file = join(folder, entry.name);
    if (entry.isDirectory()) await walk(file, `${path}/`, found);
    else found.files.push({ path, file });
  }
}

function reasonToLeaveOut(entry: Dirent, prefix: string): string | null {
  if (entry.isSymbolicLink()) return 'symlink';
  if (LEFT_OUT.has(entry.name.toLowerCase())) return 'left out by rule';
  if (prefix === '' && entry.name === '.taskspace') return "a store's own folder";
  return entry.isFile() || entry.isDirectory() ? null : 'special file';
}

/** API.md section 1: what a path of an artifact may be. */
function checkPath(path: string): void {
  const segment = path.slice(path.lastIndexOf('/') + 1);
  const reason =
    Buffer.byteLength(path) > PATH_BYTES_MAX
      ? `is longer than ${PATH_BYTES_MAX} bytes`
      : Buffer.byteLength(segment) > SEGMENT_BYTES_MAX
        ? `has a name longer than ${SEGMENT_BYTES_MAX} bytes`
        : /[\p{Cc}\\\uFFFD]/u.test(segment)
          ? 'has a backslash, a control character or no valid UTF-8'
          : null;
  if (reason !== null) throw new BadSource(`${JSON.stringify(path)} ${reason}: rename it`);
}

function notesOf(leftOut: readonly string[]): string[] {
  if (leftOut.length === 0) return [];
  const more = leftOut.length > NAMES_IN_NOTE ? ` and ${leftOut.length - NAMES_IN_NOTE} more` : '';
  return [`left out: ${leftOut.slice(0, NAMES_IN_NOTE).join(', ')}${more}`];
}
