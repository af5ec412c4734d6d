/**
 * What may stand in a taskspace's folder that a stranger copied in, in place of what the server puts there:
 * each file and folder of it, replaced by each kind of thing that is not what it seems.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inForm } from '../kit/form.js';

export interface OddPlaces {
  /** The taskspace's folder, which is changed. */
  readonly folder: string;
  /** Another taskspace's folder, alike, of which nothing may change. */
  readonly other: string;
  /** A folder outside all taskspaces, of which nothing may change. It has `file` and `folder`. */
  readonly outside: string;
}

export interface OddFile {
  /** What is replaced, below the taskspace's folder; '' for the folder itself. */
  readonly name: string;
  readonly kind: string;
  put(places: OddPlaces): void;
}

/** A hole of a size that nobody may read into memory; as large as the file system gives in the long form. */
const HOLE_BYTES = inForm(300_000_000, 3_000_000_000);

/** The one kind that gives a stranger's bytes away by itself. */
export const COPY = 'a copy of the same of another taskspace';

const KINDS: Readonly<Record<string, (at: string, name: string, places: OddPlaces) => void>> = {
  'a link to a file outside': (at, _name, { outside }) => fs.symlinkSync(path.join(outside, 'file'), at),
  'a link to a folder outside': (at, _name, { outside }) => fs.symlinkSync(path.join(outside, 'folder'), at),
  'a relative link out': (at) => fs.symlinkSync('../../../../outside/file', at),
  'a link to the same of another taskspace': (at, name, { other }) =>
    fs.symlinkSync(path.join(other, name), at),
  'a link to nothing': (at, _name, { outside }) => fs.symlinkSync(path.join(outside, 'none'), at),
  'a link to itself': (at) => fs.symlinkSync(path.basename(at), at),
  'a FIFO': (at) => void execFileSync('mkfifo', [at]),
  'a folder': (at) => void fs.mkdirSync(path.join(at, 'x'), { recursive: true }),
  'an empty file': (at) => fs.writeFileSync(at, ''),
  'a file of NULs': (at) => fs.writeFileSync(at, Buffer.alloc(100_000)),
  'a hole': (at) => {
    fs.writeFileSync(at, '');
    fs.truncateSync(at, HOLE_BYTES);
  },
  [COPY]: (at, name, { other }) => fs.cpSync(path.join(other, name), at, { recursive: true }),
  ...(process.getuid?.() === 0
    ? {
        'an endless device': (at: string) => void execFileSync('mknod', [at, 'c', '1', '5']),
        'a full device': (at: string) => void execFileSync('mknod', [at, 'c', '1', '7']),
      }
    : {}),
};

/**
 * @param object the name of one of the taskspace's objects; @param artifact the path of its artifact, with a
 * folder.
 */
export function* oddFiles(object: string, artifact: string): Generator<OddFile> {
  const names = [
    '',
    'journal.jsonl',
    'plan.json',
    'taskspace.json',
    'artifacts',
    ...foldersAndFile(`artifacts/${artifact}`),
    '.taskspace',
    '.taskspace/objects',
    `.taskspace/objects/${object}`,
    '.taskspace/tmp',
    '.taskspace/snapshot.json',
  ];
  for (const name of names) {
    for (const [kind, place] of Object.entries(KINDS)) {
      yield {
        name,
        kind,
        put(places) {
          const at = name === '' ? places.folder : path.join(places.folder, name);
          fs.rmSync(at, { recursive: true, force: true });
          place(at, name, places);
        },
      };
    }
  }
}

function foldersAndFile(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_part, i) => parts.slice(0, i + 2).join('/'));
}

/** All that can be told of a folder: what is in it, its bytes, and when anything of it was written. */
export function treeOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const stat = fs.lstatSync(path.join(folder, name));
      const text = stat.isFile() ? fs.readFileSync(path.join(folder, name), 'latin1') : '';
      return `${name} ${stat.ino} ${stat.mode} ${stat.ctimeMs} ${text}`;
    });
}
