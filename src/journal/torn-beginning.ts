/**
 * What a first write that was torn leaves of itself: nobody was answered for it, so the taskspace was never there, and the
 * next first write may follow. Anything else in a journal without one record that counts is somebody's damaged journal.
 *
 * Left by a kill or a full disk: the beginning of a first record, without an end (last in the file), spoiled with `!` by the
 * next writer, or with the whole line of a racing writer behind it. Left by a power cut (test/journal/power-cut): whole lines
 * that kept their places and knew nothing to be on disk, and zeros where the appends before them are lost.
 */
import { isWhole } from './checked-line.js';
import { decodeRecord } from './record.js';

const BEGIN = Buffer.from('{"crc":"');
const TAIL_GUARD = '!'.charCodeAt(0);
/** The first record as far as its members are known: behind that it holds what a client has sent. */
const HEAD =
  /^\{"crc":"[0-9a-f]{8}","at":\d{1,16},"id":"[0-9a-f]{16}","prev":"","safe":0,"format":1,"commit":1,"time":"/;
/** To compare shorter beginnings with. */
const SAMPLE = `{"crc":"00000000","at":0,"id":"0000000000000000","prev":"","safe":0,"format":1,"commit":1,"time":"`;
const DIGITS_MAX = 16;
const HEAD_BYTES_MAX = SAMPLE.length + DIGITS_MAX - 1;
/** Zeros of a lost append that are looked at. */
const LOST_BYTES_MAX = 16 * 1024 * 1024;
/** How many times the text `BEGIN` is taken for the beginning of a line: it may stand within a record, too. */
const TORN_STARTS_MAX = 16;

/** @param line without its newline, standing at `at`. @param open it has no newline: it is the last of its file. */
export function mayBeTorn(line: Buffer, at: number, open = false): boolean {
  if (open) return beginsRecord(line);
  if (line.at(-1) === TAIL_GUARD) return beginsRecord(line.subarray(0, -1));
  let begin = line.indexOf(BEGIN);
  for (let n = 0; n < TORN_STARTS_MAX && begin >= 0; n++) {
    const rest = line.subarray(begin);
    if (isWhole(rest)) return mayFollow(line.subarray(0, begin), rest, at + begin);
    begin = line.indexOf(BEGIN, begin + 1);
  }
  return false;
}

/** Whether a whole line that stands at `at` may be void behind what is before it on its line. */
function mayFollow(before: Buffer, line: Buffer, at: number): boolean {
  const record = decodeRecord(line);
  // Whatever stands first is what somebody meant to stand there.
  if (!record || at === 0 || record.safe !== 0) return false;
  const lostRace = record.prev === '' && record.commit.number === 1;
  if (before.length === 0) return lostRace || record.at === at;
  const lost = before.length <= LOST_BYTES_MAX && before.equals(Buffer.alloc(before.length));
  return lost ? record.at === at : lostRace && beginsRecord(before);
}

/** Whether these bytes are the beginning of a first record, of any length. */
function beginsRecord(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, HEAD_BYTES_MAX);
  if (HEAD.test(head)) return true;
  for (let digits = 1; digits <= DIGITS_MAX; digits++) {
    // Filled up with what would follow it, a beginning is a head.
    const sample = SAMPLE.replace('"at":0', `"at":${'0'.repeat(digits)}`);
    if (head.length < sample.length && HEAD.test(head + sample.slice(head.length))) return true;
  }
  return false;
}
