/**
 * What a torn first write leaves behind. It was never acknowledged, so the taskspace never existed, and the
 * next first write may follow. Anything else in a journal without a valid record is a damaged journal.
 *
 * A kill or a full disk leaves the beginning of a first record: without an end (last in the file), with the
 * `!` of the next writer's tail guard, or with the whole line of a racing writer behind it. A power cut
 * (test/store/journal/power-cut) leaves whole lines at their offsets that knew nothing to be on disk, and
 * zeros where the appends before them are lost.
 */
import { isWhole } from './checked-line.js';
import { decodeRecord } from './record.js';

const BEGIN = Buffer.from('{"crc":"');
const TAIL_GUARD = '!'.charCodeAt(0);
/** The first record as far as its members are known; what follows comes from a client. */
const HEAD =
  /^\{"crc":"[0-9a-f]{8}","at":\d{1,16},"id":"[0-9a-f]{16}","prev":"","safe":0,"format":1,"commit":1,"time":"/;
/** To compare shorter beginnings with. */
const SAMPLE = `{"crc":"00000000","at":0,"id":"0000000000000000","prev":"","safe":0,"format":1,"commit":1,"time":"`;
const DIGITS_MAX = 16;
const HEAD_BYTES_MAX = SAMPLE.length + DIGITS_MAX - 1;
/** Zeros of a lost append that are compared, at most. */
const LOST_BYTES_MAX = 16 * 1024 * 1024;
/** How many times `BEGIN` is tried as the beginning of a line: the text may also occur within a record. */
const TORN_STARTS_MAX = 16;

/**
 * Whether a torn first write may have left this line.
 * @param line without its newline, at offset `at`.
 * @param open it has no newline: it is the last of its file.
 */
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

/** Whether a whole line at offset `at` may be invalid behind what precedes it on its line. */
function mayFollow(before: Buffer, line: Buffer, at: number): boolean {
  const record = decodeRecord(line);
  // The line at offset 0 was put there on purpose.
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
    // Completed with the sample's remaining text, a beginning matches HEAD.
    const sample = SAMPLE.replace('"at":0', `"at":${'0'.repeat(digits)}`);
    if (head.length < sample.length && HEAD.test(head + sample.slice(head.length))) return true;
  }
  return false;
}
