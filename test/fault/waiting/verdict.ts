/**
 * The judge of what was delivered: what each reader and each stream has seen, beside what the journals hold
 * at the end. Every message of its taskspace once and in order; every commit once, and on all streams of the
 * server in one order.
 */
import type { FinalState, Violation } from '../../kit/ledger.js';
import type { EventStream, SeenChange } from './event-stream.js';
import type { Delivery, MessageReader } from './message-reader.js';

interface Expected {
  readonly number: number;
  /** Null: whatever. */
  readonly value: string | null;
}

export function judgeReaders(readers: readonly MessageReader[], final: FinalState): Violation[] {
  return readers.flatMap(({ id, seen }, n) => {
    const written = final.resources.get(`${id}/messages`) ?? [];
    const expected = written.map(({ revision, value }) => ({ number: revision, value }));
    return [...judgeOrder(`reader ${n} of ${id}`, seen, expected)];
  });
}

/** The first commit of each taskspace lies before the streams; each one after it is a message. */
export function judgeStreams(streams: readonly EventStream[], final: FinalState): Violation[] {
  const ofServer = streams.filter(({ id }) => id === null);
  return [
    ...streams.flatMap((stream, n) => judgeStream(`stream ${n}`, stream, final)),
    ...judgeAgreement(ofServer.map(({ seen }) => seen)),
  ];
}

function judgeStream(who: string, { id, seen, resets }: EventStream, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  if (resets > 0)
    violations.push({ rule: 'lost', resource: who, detail: `was told ${resets} times to begin anew` });
  for (const taskspace of id === null ? final.commits.keys() : [id]) {
    const commits = final.commits.get(taskspace) ?? [];
    const expected = commits.slice(1).map((number, i) => ({ number, value: String(i + 1) }));
    const own = id === null ? seen.filter((change) => change.taskspace === taskspace) : seen;
    violations.push(...judgeOrder(`${who} of ${taskspace}`, own, expected));
  }
  return violations;
}

/** Only the first place where it goes wrong: what follows would all be out of step. */
function* judgeOrder(
  resource: string,
  seen: readonly Delivery[],
  expected: readonly Expected[],
): Generator<Violation> {
  for (const [i, { number, value }] of seen.entries()) {
    const due = expected[i];
    const place = `${number} came in place ${i + 1}`;
    if (due === undefined || number < due.number)
      return yield { rule: 'twin', resource, detail: `${place}, after ${seen[i - 1]?.number ?? 'nothing'}` };
    if (number > due.number)
      return yield { rule: 'gap', resource, detail: `${place}, and ${due.number} has not come` };
    if (due.value !== null && due.value !== value)
      return yield { rule: 'untrue', resource, detail: `${place} as ${value} and is ${due.value}` };
  }
  const missing = expected[seen.length];
  if (missing !== undefined)
    yield {
      rule: 'lost',
      resource,
      detail: `${missing.number} to ${expected.at(-1)?.number} have not come`,
    };
}

/** All see the same order: `id`s name places in it. */
function* judgeAgreement(all: readonly (readonly SeenChange[])[]): Generator<Violation> {
  const [first, ...others] = all;
  for (const [n, seen] of others.entries()) {
    const at = seen.findIndex((change, i) => {
      const same = first?.[i];
      return change.id !== same?.id || change.taskspace !== same.taskspace || change.number !== same.number;
    });
    if (at < 0) continue;
    const detail = `at ${at + 1}: ${named(seen[at])} beside ${named(first?.[at])}`;
    yield { rule: 'backwards', resource: `streams of the server, 1 and ${n + 2}`, detail };
  }
}

function named(change: SeenChange | undefined): string {
  return change ? `${change.id} (${change.taskspace} ${change.number})` : 'nothing';
}
