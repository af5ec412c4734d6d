/** A commit as followers of the server are shown it: author, time, types, and what it refers to. Pure. */
import type { Commit, Event, EventType } from '../domain/event.js';
import type { Change } from './changes.js';

const REFS_MAX = 20;
const LONG_AGO = new Date(0).toISOString();

export function toChangeJson(taskspace: string, { number, events, by, time }: Commit): Change {
  const types = [...new Set(events.map(({ type }) => type))];
  const refs = refsOf(events).slice(0, REFS_MAX);
  return { taskspace, commit: number, types, by, at: time, refs };
}

/** A commit that can no longer be read from its journal: its existence is known, and its possible types. */
export function damagedChange(taskspace: string, commit: number, types: readonly EventType[]): Change {
  return { taskspace, commit, types, by: 'unknown', at: LONG_AGO, refs: [], damaged: true };
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
