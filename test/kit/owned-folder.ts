/** A folder for whatever needs one longer than a single test; who makes it removes it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function ownedFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'taskspace-owned-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
