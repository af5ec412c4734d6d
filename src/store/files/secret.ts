/**
 * The secret of the store: 32 random bytes, made once, in `DATA_DIR/secret`, readable by its owner alone.
 *
 * It is in no taskspace's folder, so a copy of one does not suffice to make tokens from its journal. When the
 * secret is lost a new one is made: issued tokens stay good, since they are checked by their hashes.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../config/start-error.js';
import { readWritten, writeOnce } from './write-once.js';

const SECRET_BYTES = 32;
export const SECRET_MODE = 0o600;
const RIGHTS_OF_OTHERS = 0o077;

/** The same bytes for every process. @throws StartError when the file is malformed. */
export function storeSecret(dataDir: string): Buffer {
  const path = join(dataDir, 'secret');
  const text = readWritten(path);
  if (text === null) {
    writeOnce(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, SECRET_MODE);
    return storeSecret(dataDir);
  }
  if (new RegExp(`^[0-9a-f]{${2 * SECRET_BYTES}}\n$`).test(text)) return Buffer.from(text.trim(), 'hex');
  throw new StartError(
    `${path} is not readable as a secret. Restore it from a backup, or remove it: a new one is made, and only ` +
      'requests for a claim or lease that are repeated by their key are refused for a day.',
  );
}

/**
 * Takes the rights of others on the file away: a copy or a restore may have given them some.
 * @returns a sentence for the operator when they had any; null: all is well.
 */
export function closeSecret(dataDir: string): string | null {
  const path = join(dataDir, 'secret');
  const mode = statSync(path).mode & 0o777;
  if ((mode & RIGHTS_OF_OTHERS) === 0) return null;
  const had = `${path} could be used by others than its owner (mode ${mode.toString(8).padStart(4, '0')})`;
  const advice = 'If any had an account here, remove it before the next start: a new one is made.';
  try {
    chmodSync(path, SECRET_MODE);
    return `${had}; it is 0600 again. ${advice}`;
  } catch (error) {
    return `${had}, and that cannot be changed (${(error as NodeJS.ErrnoException).code}): make it 0600. ${advice}`;
  }
}
