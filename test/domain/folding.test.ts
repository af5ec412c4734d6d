import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from '../../src/domain/apply.js';
import { liveOf } from '../../src/domain/artifact.js';
import { hostClock } from '../../src/domain/clock.js';
import type { Commit, Event } from '../../src/domain/event.js';
import type { Task } from '../../src/domain/plan.js';
import { readyTasks } from '../../src/domain/ready.js';
import {
  emptyState,
  foldersOf,
  KEY_KEPT_MS,
  restoreState,
  type State,
  saveState,
} from '../../src/domain/state.js';
import { commitsOf, histories } from './history.js';

function folded(commits: readonly Commit[], state: State = emptyState('ts')): State {
  for (const commit of commits) apply(state, commit);
  return state;
}

function snapshotted(state: State): State {
  return restoreState(JSON.parse(JSON.stringify(saveState(state))));
}

describe('any history of commands', () => {
  it('folds to the same state in one go, in pieces, and from a snapshot taken anywhere', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat({ max: 40 }), { maxLength: 4 }), (history, cuts) => {
        const commits = commitsOf(history);
        const whole = folded(commits);
        for (const cut of cuts) {
          const pieces = folded(commits.slice(cut), snapshotted(folded(commits.slice(0, cut))));
          expect(pieces).toEqual(whole);
        }
        expect(snapshotted(whole)).toEqual(whole);
        expect(saveState(snapshotted(whole))).toEqual(saveState(whole));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no gap in commits, seqs, fences and the revisions of each resource, also over delete and re-create', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const commits = commitsOf(history);
        expect(commits.map(({ number }) => number)).toEqual(commits.map((_, i) => i + 1));
        for (const numbers of numbersOf(commits).values())
          expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps time growing, whatever the clock does', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const times = commitsOf(history).map(({ time }) => Date.parse(time));
        for (const [i, time] of times.entries()) if (i > 0) expect(time).toBeGreaterThan(times[i - 1] ?? 0);
      }),
    );
  });

  it('keeps its totals, folders and keys equal to what counting anew gives', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const commits = commitsOf(history);
        const state = folded(commits);
        const live = [...state.artifacts.values()].flatMap((entry) => liveOf(entry) ?? []);
        const revisions = [...state.artifacts.values()].flatMap((entry) => entry.revisions);
        const objects = new Map(
          revisions.flatMap(({ sha256, size }) => (sha256 === null ? [] : [[sha256, size] as const])),
        );
        expect(state.artifactTotals).toEqual({
          count: live.length,
          bytes: live.reduce((sum, { size }) => sum + size, 0),
          revisions: revisions.length,
          storedBytes: [...objects.values()].reduce((sum, size) => sum + size, 0),
        });
        expect(state.objects).toEqual(new Set(objects.keys()));
        const folders = new Map<string, number>();
        for (const { path } of live)
          for (const folder of foldersOf(path)) folders.set(folder, (folders.get(folder) ?? 0) + 1);
        expect(state.folders).toEqual(folders);
        for (const folder of folders.keys()) expect(live.map(({ path }) => path)).not.toContain(folder);
        const conversations = [...state.conversations.values()];
        expect(conversations.reduce((sum, { count }) => sum + count, 0)).toBe(state.messages.count);
        for (const { ageMs } of state.keys.values())
          expect(ageMs).toBeGreaterThan(state.keyTime.ageMs - KEY_KEPT_MS);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same tasks ready as counting anew does, after every commit and whoever has asked before', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.boolean(), { maxLength: 40 }), (history, asks) => {
        let n = 0;
        commitsOf(history, (state) => {
          // What was not asked for is not kept up to date, and must be found all the same.
          if (asks[n++] === false) return;
          const time = new Date(Date.parse(state.time) + 30_000).toISOString();
          for (const agent of ['ann', null])
            expect(readyTasks(state, hostClock(time), agent)).toEqual(countedAnew(state, time, agent));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('lets a claim stand only on a task in progress, and a token only where a claim stands or the task is finished', () => {
    fc.assert(
      fc.property(histories, (history) => {
        commitsOf(history, (state) => {
          for (const { status, claim, token, attempts, finishedAt } of state.plan.tasks.values()) {
            if (claim !== null)
              expect([status, token !== null, attempts > 0]).toEqual(['in_progress', true, true]);
            if (token !== null)
              expect(claim !== null || status === 'completed' || status === 'failed').toBe(true);
            expect(finishedAt !== null).toBe(status === 'completed' || status === 'failed');
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('never changes a value that a reader may hold', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const held: { value: unknown; text: string }[] = [];
        commitsOf(history, (state) => {
          for (const value of [
            state.metadata,
            state.plan.version,
            ...state.plan.tasks.values(),
            ...state.conversations.values(),
            ...state.leases.values(),
          ])
            held.push({ value, text: JSON.stringify(value) });
        });
        for (const { value, text } of held) expect(JSON.stringify(value)).toBe(text);
      }),
    );
  });
});

/** As API.md section 3 has it, word for word. */
function countedAnew({ plan: { tasks } }: State, time: string, agent: string | null): Task[] {
  const all = [...tasks.values()];
  if (all.some(({ status, onFailure }) => status === 'failed' && onFailure === 'halt')) return [];
  return all.filter(
    ({ status, claim, agent: bound, dependencies }) =>
      (status === 'pending' || (claim !== null && claim.expiresAt <= time)) &&
      (agent === null || bound === null || bound === agent) &&
      dependencies.every((id) => {
        const other = tasks.get(id);
        return other?.status === 'completed' || (other?.status === 'failed' && other.onFailure === 'proceed');
      }),
  );
}

/**
 * For each resource the revisions that events gave it, in order; seqs of messages under a name of their own.
 */
function numbersOf(commits: readonly Commit[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  const note = (name: string, number: number): void =>
    void numbers.set(name, [...(numbers.get(name) ?? []), number]);
  const revisions = new Map<string, number>();
  const noteTask = (id: string, revision: number): void => {
    if (revisions.get(id) !== revision) note(`task ${id}`, revision);
    revisions.set(id, revision);
  };
  for (const event of commits.flatMap(({ events }): readonly Event[] => events)) {
    if (event.type === 'taskspace.created' || event.type === 'taskspace.updated')
      note('metadata', event.revision);
    if (event.type === 'message.posted') note('seq', event.message.seq);
    if (event.type === 'plan.replaced') {
      note('plan', event.revision);
      for (const task of event.tasks) noteTask(task.id, task.revision);
    }
    if (event.type === 'task.added' || event.type === 'task.changed' || event.type === 'task.removed')
      note('plan', event.plan);
    if ('set' in event && 'plan' in event && event.type !== 'task.changed') {
      note('plan', event.plan);
      noteTask(event.id, event.set.revision ?? 0);
    }
    if (event.type === 'lease.granted') note(`fence ${event.lease.name}`, event.lease.fence);
    if (event.type === 'task.added') noteTask(event.task.id, event.task.revision);
    if (event.type === 'task.changed' && event.set.revision !== undefined)
      noteTask(event.id, event.set.revision);
    if (event.type === 'artifact.written') note(`artifact ${event.artifact.path}`, event.artifact.revision);
    if (event.type === 'artifact.deleted') note(`artifact ${event.path}`, event.revision);
  }
  return numbers;
}
