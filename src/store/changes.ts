/** Pages of changes from those that are in memory. */
import { TaskspaceError } from '../domain/errors.js';
import { type Change, positionOf } from './ports.js';
import { comparePositions, type Position } from './position.js';

/** Up to `limit` of `changes`, which are in order, after a position: the first may be the rest of one. */
export function changesAfter(changes: readonly Change[], since: Position, limit: number): Change[] {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const change = changes[middle];
    if (change && !isAfter(change, since)) low = middle + 1;
    else high = middle;
  }
  return changes.slice(low, low + limit).map((change) => restOf(change, since));
}

/** Whether any part of a change comes after a position. */
export function isAfter(change: Change, since: Position): boolean {
  return comparePositions(positionOf(change, change.to), since) > 0;
}

/** The part of a change that comes after a position. */
export function restOf(change: Change, since: Position): Change {
  const cut = change.segment === since.segment && change.at === since.at && since.commit >= change.from;
  return cut ? { ...change, from: since.commit + 1 } : change;
}

export function positionGone(): TaskspaceError {
  return new TaskspaceError(
    'position_gone',
    'This position is not kept any more. Begin again without `since`, or with `since=now`, and read what you need anew.',
  );
}
