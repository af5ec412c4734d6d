/**
 * Which sources the named files and folders are. A file that is named is taken for a recording, whatever its
 * name; what lies in a folder is told by name, and `.json`, which may be anything, by what it holds.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { BadSource } from './draft.js';
import { recognise } from './recognise.js';

export interface Source {
  /** `file`: of any kind, to be kept as it is. */
  readonly kind: 'recording' | 'file' | 'folder';
  /** As it was named, for messages. */
  readonly label: string;
  readonly path: string;
  /** File or folder name, with extension. */
  readonly name: string;
  /** Bytes of a file: its share of the progress. 0 for folders, which are not measured yet. */
  readonly size: number;
}

export interface SourceList {
  readonly sources: readonly Source[];
  readonly bad: readonly { readonly label: string; readonly reason: string }[];
  /** What lies in a list of runs and is none. */
  readonly notes: readonly string[];
}

/** What a named folder or file is to be, where the rules would guess wrong. */
export type As = 'runs' | 'folder' | 'file' | undefined;

const RUNS: readonly string[] = ['.traj', '.jsonl', '.ndjson'];
const BESIDES = /^(\.|readme|licen[cs]e)/i;

export async function listSources(named: readonly string[], as: As): Promise<SourceList> {
  const sources: Source[] = [];
  const bad: { label: string; reason: string }[] = [];
  const notes: string[] = [];
  for (const label of named) {
    try {
      sources.push(...(await sourcesAt(label, as, notes)));
    } catch (error) {
      bad.push({ label, reason: reasonOf(error) });
    }
  }
  return { sources, bad, notes };
}

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read by this user';
  return message;
}

async function sourcesAt(label: string, as: As, notes: string[]): Promise<Source[]> {
  const path = resolve(label);
  if (!statSync(path).isDirectory()) return [fileSource(label, path, as === 'file' ? 'file' : 'recording')];
  if (as === 'file') throw new BadSource('it is a folder; --as folder keeps all files in it');
  const names = readdirSync(path).sort();
  const runs: string[] = [];
  for (const name of as === 'folder' ? [] : names) if (await isRun(join(path, name))) runs.push(name);
  const holdsRunsOnly = runs.length > 0 && names.every((name) => BESIDES.test(name) || runs.includes(name));
  if (as !== 'runs' && !holdsRunsOnly) {
    return [{ kind: 'folder', label, path, name: basename(path).normalize('NFC'), size: 0 }];
  }
  if (runs.length === 0) throw new BadSource('no recorded run or transcript lies directly in it');
  const others = names.filter((name) => !runs.includes(name));
  if (others.length > 0) notes.push(`${label}: a list of runs; left out ${others.join(', ')}`);
  return runs.map((name) => fileSource(join(label, name), join(path, name), 'recording'));
}

async function isRun(path: string): Promise<boolean> {
  const extension = extname(path).toLowerCase();
  const stats = lstatSync(path);
  if (!stats.isFile()) return false;
  if (RUNS.includes(extension)) return true;
  return extension === '.json' && (await recognise({ path, size: stats.size })) !== null;
}

function fileSource(label: string, path: string, kind: Source['kind']): Source {
  const stats = statSync(path);
  if (!stats.isFile()) throw new BadSource('it is neither a file nor a folder');
  return { kind, label, path, name: basename(path).normalize('NFC'), size: stats.size };
}
