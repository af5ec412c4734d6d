/** A data folder for the catalog of a store that has none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder goes with the process: its catalog is of no use to another one. */
export function catalogFolderForOnce(): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskspace-catalog-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
