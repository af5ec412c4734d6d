import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { storeIdOf } from '../../src/store/files/data-dir.js';
import { storeSecret } from '../../src/store/files/secret.js';
import { StoreIdentity } from '../../src/store/files/store-identity.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();

describe('what makes a data folder this store', () => {
  it.each([
    ['removed', (file: string) => fs.rmSync(file)],
    ['replaced', (file: string) => fs.writeFileSync(file, `${'0'.repeat(64)}\n`)],
  ])(
    'is put back when it was %s while the server runs, so that the next worker is one of the same store',
    (_how, change) => {
      const dir = dataDir();
      const identity = new StoreIdentity(dir);
      const [id, secret] = [storeIdOf(dir), storeSecret(dir)];
      expect(identity.restore()).toEqual([]);
      for (const name of ['server.json', 'secret']) change(path.join(dir, name));
      expect(identity.restore()).toEqual(['server.json', 'secret']);
      expect([storeIdOf(dir), storeSecret(dir)]).toEqual([id, secret]);
      expect(fs.statSync(path.join(dir, 'secret')).mode & 0o777).toBe(0o600);
      expect(fs.readdirSync(dir).sort()).toEqual(['secret', 'server.json']);
    },
  );
});
