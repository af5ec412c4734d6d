/**
 * What must follow from a history of one phase: how many reads were stale and by how much, which went
 * backwards, whose session was broken, and what the ledger finds in the journals (lost, twins, gaps,
 * invented, untrue).
 *
 * A read is stale by its start less the end of the first acknowledged write that it misses. Whoever has seen
 * revision r of a resource has seen the commit that made it: so a summary may not be older than the task seen
 * before it.
 */
import { type Call, type FinalState, judge } from '../kit/ledger.js';

export interface Step extends Call {
  /** One client on one connection: what it has written and seen it must go on seeing. */
  readonly session: number;
  /** In order within its session. */
  readonly nth: number;
}

export interface Verdict {
  readonly reads: number;
  readonly writes: number;
  readonly stale: number;
  readonly backwards: number;
  readonly sessions: number;
  readonly lost: number;
  readonly twins: number;
  /** Of the reads that were stale; 0 when none was. */
  readonly worstMs: number;
  /** Over all reads. */
  readonly p99Ms: number;
  /** The first few violations, for people. */
  readonly shown: readonly string[];
}

interface Point {
  readonly revision: number;
  readonly start: number;
  readonly end: number;
  readonly step: Step;
  /** Only bounds others from below: it says nothing about itself. */
  readonly hint: boolean;
}

const SHOWN_MAX = 8;
/** Reads of the ledger that are stale or go backwards are counted here, with how much. */
const COUNTED_HERE = new Set(['stale', 'backwards']);

export function verdictOf(history: readonly Step[], final: FinalState): Verdict {
  const shown: string[] = [];
  const show = (line: string): void => {
    if (shown.length < SHOWN_MAX) shown.push(line);
  };
  const staleness: number[] = [];
  let [backwards, sessions] = [0, 0];
  for (const [resource, points] of pointsOf(history)) {
    for (const ms of stalenessOf(resource, points, show)) staleness.push(ms);
    backwards += countBackwards(resource, points, show);
    sessions += countBrokenSessions(resource, points, show);
  }
  const found = judge(history.filter(isOfTheLedger), final).filter(
    ({ rule, detail }) => !(COUNTED_HERE.has(rule) && detail.startsWith('read')),
  );
  for (const { rule, resource, detail } of found) show(`${rule}: ${resource}: ${detail}`);
  const twins = found.filter(({ rule }) => rule === 'twin').length;
  const stale = staleness.filter((ms) => ms > 0).sort((a, b) => a - b);
  const fresh = staleness.length - stale.length;
  return {
    reads: staleness.length,
    writes: history.filter(({ kind, outcome }) => kind === 'write' && outcome === 'ok').length,
    stale: stale.length,
    backwards,
    sessions,
    lost: found.length - twins,
    twins,
    worstMs: stale.at(-1) ?? 0,
    p99Ms: stale[Math.floor(0.99 * staleness.length) - fresh] ?? 0,
    shown,
  };
}

/** Commits have their own check here; to the ledger they are no resource. */
function isOfTheLedger({ resource }: Step): boolean {
  return !resource.endsWith('/commits');
}

/** Calls with a place in the order of their resource, and what they say about the order of commits. */
function pointsOf(history: readonly Step[]): Map<string, Point[]> {
  const points = new Map<string, Point[]>();
  const commits = new Map<string, number>();
  const add = (resource: string, point: Point): void => {
    const list = points.get(resource);
    if (list) list.push(point);
    else points.set(resource, [point]);
  };
  for (const step of history) {
    const { resource, kind, outcome, revision, commit, start, end } = step;
    if (outcome !== 'ok' || revision === null) continue;
    add(resource, { revision, start, end, step, hint: false });
    if (kind !== 'write' || commit === null) continue;
    commits.set(`${resource} ${revision}`, commit);
    add(commitsOf(resource), { revision: commit, start, end, step, hint: false });
  }
  for (const step of history) {
    const commit = commits.get(`${step.resource} ${step.revision}`);
    if (step.kind !== 'read' || step.outcome !== 'ok' || commit === undefined) continue;
    add(commitsOf(step.resource), {
      revision: commit,
      start: step.start,
      end: step.end,
      step,
      hint: true,
    });
  }
  return points;
}

export function commitsOf(resource: string): string {
  return `${resource.slice(0, resource.indexOf('/'))}/commits`;
}

/** For each read its staleness in ms; 0 or less: fresh. */
function stalenessOf(resource: string, points: readonly Point[], show: (line: string) => void): number[] {
  const writes = points.filter(({ step }) => step.kind === 'write').sort((a, b) => a.revision - b.revision);
  // earliest[i]: when the first of writes[i], writes[i + 1], … was acknowledged.
  const earliest = new Array<number>(writes.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let i = writes.length - 1; i >= 0; i--) {
    earliest[i] = Math.min(earliest[i + 1] ?? Number.POSITIVE_INFINITY, writes[i]?.end ?? 0);
  }
  const staleness: number[] = [];
  for (const { revision, start, step, hint } of points) {
    if (step.kind !== 'read' || hint) continue;
    const missed = earliest[firstAbove(writes, revision)] ?? Number.POSITIVE_INFINITY;
    const ms = Math.max(0, start - missed);
    staleness.push(ms);
    if (ms > 0) show(`stale by ${ms.toFixed(2)} ms: ${resource}: ${revision} on worker ${step.worker}`);
  }
  return staleness;
}

function firstAbove(writes: readonly Point[], revision: number): number {
  let [low, high] = [0, writes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((writes[middle]?.revision ?? 0) > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Reads that show less than a read that had ended before they began. */
function countBackwards(resource: string, points: readonly Point[], show: (line: string) => void): number {
  const reads = points.filter(({ step }) => step.kind === 'read');
  const ends = [...reads].sort((a, b) => a.end - b.end);
  let [ended, newest, count] = [0, 0, 0];
  for (const { revision, start, step, hint } of [...reads].sort((a, b) => a.start - b.start)) {
    for (let next = ends[ended]; next && next.end < start; next = ends[++ended]) {
      newest = Math.max(newest, next.revision);
    }
    if (hint || revision >= newest) continue;
    count++;
    show(`backwards: ${resource}: ${revision} on worker ${step.worker} after ${newest} was seen`);
  }
  return count;
}

/** Reads of a session that do not show what it has written, or less than it has seen. */
function countBrokenSessions(
  resource: string,
  points: readonly Point[],
  show: (line: string) => void,
): number {
  const reached = new Map<number, number>();
  let count = 0;
  for (const { revision, step, hint } of [...points].sort((a, b) => a.step.nth - b.step.nth)) {
    const before = reached.get(step.session) ?? 0;
    if (step.kind === 'read' && !hint && revision < before) {
      count++;
      show(`session: ${resource}: ${revision} on worker ${step.worker} after ${before} by the same client`);
    }
    reached.set(step.session, Math.max(before, revision));
  }
  return count;
}
