/**
 * What no cache can beat: hits of one that all workers share, that is never full and never expires, under the
 * same rules for what a change drops, computed from the trace alone.
 */
import {
  invalidatedTags,
  type OWNER_ASPECTS,
  ownerTag,
  taskspaceTag,
} from '../../../src/cache/invalidation-table.js';
import type { EventType } from '../../../src/domain/event.js';
import { READ_KINDS, type ReadKind, type Request, type WriteKind } from './trace.js';

export interface Count {
  hits: number;
  reads: number;
}

export type Counts = Readonly<Record<ReadKind, Count>>;

export function noCounts(): Counts {
  return Object.fromEntries(READ_KINDS.map((kind) => [kind, { hits: 0, reads: 0 }])) as unknown as Counts;
}

export function rateOf({ hits, reads }: Count): number {
  return reads === 0 ? Number.NaN : hits / reads;
}

export function boundOf(trace: readonly Request[]): Counts {
  const counts = noCounts();
  const kept = new Map<string, Set<string>>();
  for (const request of trace) {
    const { kind, project, owner } = request;
    if (isWrite(kind)) {
      const change = { id: nameOf(project), owners: [nameOf(owner)], types: [EVENTS[kind]] };
      for (const tag of invalidatedTags(change)) kept.delete(tag);
      continue;
    }
    counts[kind].reads++;
    const tag = tagOf(kind, request);
    const keys = kept.get(tag) ?? new Set();
    const key = `${kind}:${request.variant}`;
    if (keys.has(key)) counts[kind].hits++;
    else kept.set(tag, keys.add(key));
  }
  return counts;
}

const EVENTS: Readonly<Record<WriteKind, EventType>> = {
  metadata: 'taskspace.updated',
  plan: 'task.changed',
  message: 'message.posted',
  artifact: 'artifact.written',
};

export function isWrite(kind: ReadKind | WriteKind): kind is WriteKind {
  return kind in EVENTS;
}

/** Everything that is asked for here rests on one tag. */
function tagOf(kind: ReadKind, { project, owner }: Request): string {
  if (kind === 'detail') return taskspaceTag('detail', nameOf(project));
  return ownerTag(kind satisfies (typeof OWNER_ASPECTS)[number], nameOf(owner));
}

function nameOf(n: number): string {
  return String(n);
}
