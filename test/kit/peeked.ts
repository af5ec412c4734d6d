/** What L1 shows of a taskspace at the end of this turn; undefined: it is not there, or not current. */
import type { CachedTaskspace, L1 } from '../../src/cache/l1.js';

export function peeked(l1: L1, id: string): Promise<CachedTaskspace | undefined> {
  return new Promise((resolve) => l1.peek(id, resolve));
}
