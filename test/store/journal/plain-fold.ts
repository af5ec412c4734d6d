/**
 * The rule of what counts, written a second time and as plainly as it can be: the judge of the real fold.
 *
 * It knows nothing of snapshots, marks, tails or damage. Given the bytes of a journal it tells which records
 * count.
 */
import { crc32 } from 'node:zlib';

export interface Counting {
  readonly at: number;
  readonly end: number;
  readonly id: string;
  readonly commit: number;
  readonly safe: number;
  readonly events: readonly { readonly type: string; readonly [member: string]: unknown }[];
}

export function plainFold(bytes: Buffer): Counting[] {
  const counting: Counting[] = [];
  let at = 0;
  for (const line of linesOf(bytes)) {
    const record = recordIn(line, at);
    const end = at + line.length + 1;
    if (record && record.prev === (counting.at(-1)?.id ?? '')) counting.push({ ...record, at, end });
    at = end;
  }
  return counting;
}

/** The texts of the messages in these records, in order. */
export function textsIn(records: readonly Counting[]): string[] {
  return messagesIn(records).map(({ content }) => content ?? '');
}

export function seqsIn(records: readonly Counting[]): number[] {
  return messagesIn(records).map(({ seq }) => seq);
}

function messagesIn(records: readonly Counting[]): { seq: number; content?: string }[] {
  return records.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type === 'message.posted' ? [event.message as { seq: number; content?: string }] : [],
    ),
  );
}

function* linesOf(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, from)) {
    yield bytes.subarray(from, newline);
    from = newline + 1;
  }
}

function recordIn(line: Buffer, at: number): (Omit<Counting, 'end'> & { prev: string }) | null {
  const head = /^\{"crc":"([0-9a-f]{8})",/.exec(line.toString('latin1'));
  if (!head || crc32(line.subarray(18)).toString(16).padStart(8, '0') !== head[1]) return null;
  const record = JSON.parse(line.toString());
  return record.at === at ? record : null;
}
