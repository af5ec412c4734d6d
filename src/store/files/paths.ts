/**
 * Every path on disk (DESIGN.md section 1).
 *
 *   DATA_DIR/
 *     server.json                      format and store id
 *     secret                           what tokens of claims are made from
 *     feed/<n>-<boot id>.log           which journal has reached which commit
 *     taskspaces/<id>/
 *       journal.jsonl                  the truth
 *       plan.json  taskspace.json      mirror: the newest plan and metadata
 *       artifacts/<path>               mirror: the newest revision of each artifact
 *       .taskspace/objects/<sha256>    bytes of every revision, never changed
 *       .taskspace/tmp/<process>-<random>   files being written
 *       .taskspace/snapshot.json       a folded state
 *       .taskspace/damaged.json        objects that were found damaged; derived
 */
import path from 'node:path';
import { TaskspaceError } from '../../domain/errors.js';

export const PLAN_FILE = 'plan.json';
export const METADATA_FILE = 'taskspace.json';
export const ARTIFACTS = 'artifacts';
export const OBJECTS = '.taskspace/objects';
export const DAMAGE_FILE = '.taskspace/damaged.json';

const SHA256 = /^[0-9a-f]{64}$/;

export function taskspacesFolder(dataDir: string): string {
  return path.join(dataDir, 'taskspaces');
}

export function feedFolder(dataDir: string): string {
  return path.join(dataDir, 'feed');
}

export function taskspaceFolder(dataDir: string, id: string): string {
  return path.join(dataDir, 'taskspaces', id);
}

export function objectsFolder(folder: string): string {
  return path.join(folder, '.taskspace', 'objects');
}

/**
 * The object's name below a taskspace's folder. Errors: 500 `damaged` when the journal's hash is not a
 * SHA-256.
 */
export function objectName(sha256: string): string {
  if (!SHA256.test(sha256))
    throw new TaskspaceError(
      'damaged',
      `The journal names an object ${JSON.stringify(sha256).slice(0, 80)}, which is no SHA-256. Restore journal.jsonl from a backup.`,
    );
  return `${OBJECTS}/${sha256}`;
}
