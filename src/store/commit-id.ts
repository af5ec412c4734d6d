/** Ids of commits: 16 random hex digits, new for every attempt. */
import { randomBytes } from 'node:crypto';

const ID_BYTES = 8;
/** Drawn in bulk: one system call for many ids. */
let chance = Buffer.alloc(0);

export function newCommitId(): string {
  if (chance.length < ID_BYTES) chance = randomBytes(ID_BYTES * 512);
  const id = chance.toString('hex', 0, ID_BYTES);
  chance = chance.subarray(ID_BYTES);
  return id;
}
