/**
 * The identity of a store: `server.json` and `secret` of its data folder, as they were when the server
 * started.
 *
 * Missing files are made anew. A worker that starts after they were removed would therefore make others, and
 * then know neither the tokens nor the cache entries of its peers. The process that starts a worker restores
 * them before.
 */
import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeIdOf } from './data-dir.js';
import { SECRET_MODE, storeSecret } from './secret.js';
import { readWritten, syncFolderNow } from './write-once.js';

const FILES = [
  { name: 'server.json', mode: 0o666 },
  { name: 'secret', mode: SECRET_MODE },
];

export class StoreIdentity {
  private readonly texts: readonly string[];

  /**
   * @param dir the prepared data folder; what is missing in it is made.
   * @throws StartError when it cannot be read.
   */
  constructor(private readonly dir: string) {
    storeIdOf(dir);
    storeSecret(dir);
    this.texts = FILES.map(({ name }) => readWritten(join(dir, name)) ?? '');
  }

  /** Restores what is missing or changed. @returns the names of these files. */
  restore(): string[] {
    const restored: string[] = [];
    for (const [i, { name, mode }] of FILES.entries()) {
      const [file, text = ''] = [join(this.dir, name), this.texts[i]];
      if (text === '' || readWritten(file) === text) continue;
      const fresh = join(this.dir, `.made-${randomBytes(8).toString('hex')}`);
      writeFileSync(fresh, text, { mode, flush: true });
      renameSync(fresh, file);
      syncFolderNow(this.dir);
      restored.push(name);
    }
    return restored;
  }
}
