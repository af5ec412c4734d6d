/**
 * A `Files` port whose calls can be held, or crossed by something else.
 *
 * `before` and `after` run once at the next call of a kind: there another process does its work between two
 * steps of this one. `hold` keeps an asynchronous call from being carried out until it is let go.
 */
import type { Files } from '../../../src/store/files/journal/files.js';
import { aroundFiles, type FileCall, type FileOp } from './around-files.js';

type Crossing = (call: FileCall) => void;

export interface Held {
  /** Resolves when the call has come. */
  readonly reached: Promise<void>;
  letGo(): void;
}

export interface GatedFiles extends Files {
  before(op: FileOp, crossing: Crossing): void;
  after(op: FileOp, crossing: Crossing): void;
  hold(op: 'fdatasync' | 'syncFolder' | 'replace'): Held;
  /** How many calls of a kind were made. */
  count(op: FileOp): number;
}

export function gatedFiles(inner: Files): GatedFiles {
  const before = new Map<FileOp, Crossing>();
  const after = new Map<FileOp, Crossing>();
  const holds = new Map<FileOp, { reach(): void; open: Promise<void> }>();
  const counts = new Map<FileOp, number>();

  const files = aroundFiles(inner, (call, run) => {
    counts.set(call.op, (counts.get(call.op) ?? 0) + 1);
    take(before, call.op)?.(call);
    const hold = take(holds, call.op);
    if (hold) {
      hold.reach();
      return hold.open.then(run);
    }
    const result = run();
    take(after, call.op)?.(call);
    return result;
  });

  return Object.assign(files, {
    before: (op: FileOp, crossing: Crossing) => void before.set(op, crossing),
    after: (op: FileOp, crossing: Crossing) => void after.set(op, crossing),
    count: (op: FileOp) => counts.get(op) ?? 0,
    hold(op: FileOp): Held {
      const gate = signal();
      const reached = signal();
      holds.set(op, { reach: reached.give, open: gate.given });
      return { reached: reached.given, letGo: gate.give };
    },
  });
}

function signal(): { given: Promise<void>; give(): void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

function take<V>(map: Map<FileOp, V>, op: FileOp): V | undefined {
  const value = map.get(op);
  map.delete(op);
  return value;
}
