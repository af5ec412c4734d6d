/** A commit as everybody who follows the server is shown it: who, when, of what types, and to what it refers. Pure. */
import type { Commit, Event } from '../domain/event.js';

/** As API.md section 9 shows it. */
export interface Change {
  readonly position?: string;
  readonly taskspace: string;
  readonly commit: number;
  readonly types: readonly string[];
  readonly by: string;
  readonly at: string;
  readonly refs: readonly string[];
}

const REFS_MAX = 20;

export function showChange(taskspace: string, { number, events, by, time }: Commit): Change {
  const types = [...new Set(events.map(({ type }) => type))];
  const refs = refsOf(events).slice(0, REFS_MAX);
  return { taskspace, commit: number, types, by, at: time, refs };
}

/** Task ids, paths, names of leases, and `seq` or `seq-seq` of the messages of a commit. */
function refsOf(events: readonly Event[]): string[] {
  const refs = new Set<string>();
  const seqs: number[] = [];
  for (const event of events) {
    if (event.type === 'message.posted') seqs.push(event.message.seq);
    else if ('task' in event) refs.add(event.task.id);
    else if ('id' in event) refs.add(event.id);
    else if ('artifact' in event) refs.add(event.artifact.path);
    else if ('path' in event) refs.add(event.path);
    else if ('lease' in event) refs.add(event.lease.name);
    else if ('name' in event) refs.add(event.name);
  }
  const [first] = seqs;
  const last = seqs.at(-1);
  if (first !== undefined) refs.add(first === last ? String(first) : `${first}-${last}`);
  return [...refs];
}
