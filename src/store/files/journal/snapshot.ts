/**
 * Snapshots spare the cold fold of a long journal. They are checked, never trusted: a snapshot is valid only
 * when its CRC and fold version hold and the record that it names as its head is in the journal at the given
 * offset.
 */
import { isCount, isText, shapeOf, whole } from '../../../domain/shape.js';
import { FOLD_VERSION, restoreState, type SavedState, saveState } from '../../../domain/state.js';
import { stateFault } from '../../../domain/state-shape.js';
import { jsonInTurns } from '../../../platform/json-pieces.js';
import { concatInTurns, crc32InTurns } from './bytes-in-turns.js';
import { type Files, readExactly } from './files.js';
import { crcOfLast, JournalFold, MEMORY_BASE_BYTES, MEMORY_PER_BYTE } from './fold.js';
import { LINE_BYTES_MAX } from './invalid-line.js';
import { parseInTurns } from './json-in-turns.js';
import { decodeAnyRecord } from './record.js';
import { type SavedIndex, SparseIndex } from './sparse-index.js';

/** Journal bytes beyond the last snapshot that make a new one worth its write. */
export const SNAPSHOT_EVERY_BYTES = 256 * 1024;
/**
 * A longer snapshot is neither read nor written: it would hold up other work for longer than the fold that it
 * spares.
 */
export const SNAPSHOT_BYTES_MAX = 32 * 1024 * 1024;
/** Its name below the taskspace's folder. */
export const SNAPSHOT_FILE = '.taskspace/snapshot.json';

interface Snapshot {
  fold: number;
  end: number;
  lastAt: number;
  lastEnd: number;
  safe: number;
  marks: SavedIndex;
  state: SavedState;
}

/** The depth of the tasks of the plan of the state. */
const LISTS_DEPTH = 3;

/** The file: 8 hex digits of the CRC-32 of the rest, a newline, and the JSON of the snapshot. */
export async function encodeSnapshot(folded: JournalFold): Promise<Buffer> {
  const { weight } = folded;
  const { lastAt, lastEnd, safe, state } = folded;
  const marks = folded.index.save();
  // Lines after the last valid record are folded again: that is cheap, and nothing about them need be kept.
  const snapshot: Snapshot = {
    fold: FOLD_VERSION,
    end: lastEnd,
    lastAt,
    lastEnd,
    safe,
    marks,
    state: saveState(state),
  };
  const body = (await jsonInTurns(snapshot, LISTS_DEPTH)).subarray(0, -1);
  // What was folded during the encoding has added its own weight.
  folded.weight += weightOf(body, marks) - weight;
  const crc = await crc32InTurns(body);
  return concatInTurns([Buffer.from(`${crc.toString(16).padStart(8, '0')}\n`), body]);
}

/**
 * The fold that a snapshot holds, or null when it is invalid or does not belong to the journal open as `fd`.
 * Errors: whatever parsing and reading throw; the snapshot is then invalid too.
 */
export async function restoreSnapshot(
  id: string,
  bytes: Buffer,
  files: Files,
  fd: number,
): Promise<JournalFold | null> {
  const body = bytes.subarray(9);
  if (Number.parseInt(bytes.toString('latin1', 0, 8), 16) !== (await crc32InTurns(body))) return null;
  const snapshot = (await parseInTurns(body)) as Snapshot;
  if (snapshot.fold !== FOLD_VERSION || isSnapshot(snapshot) !== null || snapshot.state.id !== id)
    return null;
  const { lastAt, lastEnd, safe, marks } = snapshot;
  const bytesOfLast = lastEnd - lastAt;
  if (bytesOfLast < 1 || bytesOfLast > LINE_BYTES_MAX || safe > lastEnd) return null;
  const line = readExactly(files, fd, lastAt, bytesOfLast)?.subarray(0, -1);
  const record = line && (await decodeAnyRecord(line));
  if (!line || record?.at !== lastAt || record.commit.id !== snapshot.state.head) return null;
  const places = SparseIndex.restore(marks);
  const { commit, messages } = snapshot.state;
  if (record.commit.number !== commit || !places.fit({ at: lastAt, commit, seq: messages.lastSeq }))
    return null;
  const folded = new JournalFold(restoreState(snapshot.state), places);
  Object.assign(folded, { end: lastEnd, lastAt, lastEnd, safe, lastCrc: crcOfLast(line) });
  folded.weight = weightOf(body, marks);
  return folded;
}

const isSnapshot = shapeOf({
  lastAt: isCount,
  lastEnd: isCount,
  safe: isCount,
  marks: shapeOf({ stride: whole(1, Number.MAX_SAFE_INTEGER), places: isText, filters: isText }),
  state: stateFault,
});

/** Of the state alone: the sparse index has its own weight. */
function weightOf(body: Buffer, { places, filters }: SavedIndex): number {
  return MEMORY_BASE_BYTES + MEMORY_PER_BYTE * (body.length - places.length - filters.length);
}
