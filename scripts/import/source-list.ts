/** Which sources the named files and folders are. Decided from names alone; nothing is read yet but folders' lists. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { BadSource } from './draft.js';

export interface Source {
  readonly kind: 'trajectory' | 'transcript' | 'folder';
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

const KINDS: Readonly<Record<string, Source['kind']>> = { '.traj': 'trajectory', '.jsonl': 'transcript' };
const BESIDES = /^(\.|readme|licen[cs]e)/i;

export function listSources(named: readonly string[], as: 'runs' | 'folder' | undefined): SourceList {
  const sources: Source[] = [];
  const bad: { label: string; reason: string }[] = [];
  const notes: string[] = [];
  for (const label of named) {
    try {
      sources.push(...sourcesAt(label, as, notes));
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

function sourcesAt(label: string, as: 'runs' | 'folder' | undefined, notes: string[]): Source[] {
  const path = resolve(label);
  if (!statSync(path).isDirectory()) return [fileSource(label, path)];
  const names = readdirSync(path).sort();
  const isRun = (name: string): boolean => extname(name) in KINDS && lstatSync(join(path, name)).isFile();
  const runs = names.filter(isRun);
  const holdsRunsOnly = runs.length > 0 && names.every((name) => BESIDES.test(name) || runs.includes(name));
  if (as === 'folder' || (as === undefined && !holdsRunsOnly)) {
    return [{ kind: 'folder', label, path, name: basename(path).normalize('NFC'), size: 0 }];
  }
  if (runs.length === 0) throw new BadSource('no .traj or .jsonl file lies directly in it');
  const others = names.filter((name) => !runs.includes(name));
  if (others.length > 0) notes.push(`${label}: a list of runs; left out ${others.join(', ')}`);
  return runs.map((name) => fileSource(join(label, name), join(path, name)));
}

function fileSource(label: string, path: string): Source {
  const stats = statSync(path);
  if (!stats.isFile()) throw new BadSource('it is neither a file nor a folder');
  const kind = KINDS[extname(path)];
  if (kind === undefined) {
    throw new BadSource('only .traj and .jsonl files can be imported alone; put other files into a folder');
  }
  return { kind, label, path, name: basename(path).normalize('NFC'), size: stats.size };
}
