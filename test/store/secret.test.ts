import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StartError } from '../../src/config/start-error.js';
import { closeSecret, storeSecret } from '../../src/store/files/secret.js';
import { writeOnce } from '../../src/store/files/write-once.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const folder = temporaryFolder();

describe('the secret of a store', () => {
  it('is made once, of 32 bytes, for its owner alone', () => {
    const secret = storeSecret(folder());
    expect(secret).toHaveLength(32);
    expect(storeSecret(folder())).toEqual(secret);
    expect(statSync(join(folder(), 'secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder())).toEqual(['secret']);
  });

  it('is that of the first of two who make it at the same moment', () => {
    const path = join(folder(), 'secret');
    writeOnce(path, 'first');
    writeOnce(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder())).toEqual(['secret']);
  });

  it.each([0o644, 0o666, 0o620])('is its owner’s alone again when others were let in (%i)', (mode) => {
    const path = join(folder(), 'secret');
    const secret = storeSecret(folder());
    expect(closeSecret(folder())).toBeNull();
    chmodSync(path, mode);
    expect(closeSecret(folder())).toMatch(
      `${path} could be used by others than its owner (mode 0${mode.toString(8)})`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(closeSecret(folder())).toBeNull();
    expect(storeSecret(folder())).toEqual(secret);
  });

  it('is not guessed when its file is broken: the start is refused, with the way out', () => {
    writeFileSync(join(folder(), 'secret'), 'abc\n');
    expect(() => storeSecret(folder())).toThrow(StartError);
    expect(() => storeSecret(folder())).toThrow(/Restore it from a backup, or remove it/);
  });
});
