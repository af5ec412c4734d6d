/**
 * Every path on disk (DESIGN.md section 1).
 *
 *   DATA_DIR/
 *     server.json                      format and store id
 *     secret                           what tokens of claims are made from
 *     feed/<n>-<boot id>.log           which journal has reached which commit
 *     taskspaces/<id>/
 *       journal.jsonl                  the truth
 *       plan.json  taskspace.json      plain files: the newest plan and metadata
 *       artifacts/<path>               plain files: the newest revision of each artifact
 *       .taskspace/objects/<sha256>    bytes of every revision, never changed
 *       .taskspace/tmp/<random>        files being written
 *       .taskspace/snapshot.json       a folded state
 */
import path from 'node:path';

export const PLAN_FILE = 'plan.json';
export const METADATA_FILE = 'taskspace.json';
export const ARTIFACTS = 'artifacts';

export function taskspacesFolder(dataDir: string): string {
  return path.join(dataDir, 'taskspaces');
}

export function feedFolder(dataDir: string): string {
  return path.join(dataDir, 'feed');
}

export function taskspaceFolder(dataDir: string, id: string): string {
  return path.join(dataDir, 'taskspaces', id);
}

export function internalFolder(folder: string): string {
  return path.join(folder, '.taskspace');
}

export function objectsFolder(folder: string): string {
  return path.join(folder, '.taskspace', 'objects');
}

export function temporaryFolder(folder: string): string {
  return path.join(folder, '.taskspace', 'tmp');
}
