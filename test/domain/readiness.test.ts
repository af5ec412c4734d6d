import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/plan.js';
import { Readiness } from '../../src/domain/readiness.js';

type Some = Pick<Task, 'id' | 'status' | 'dependencies'>;

function planOf(tasks: readonly Some[]): Map<string, Task> {
  return new Map(tasks.map((task) => [task.id, { claim: null, onFailure: 'halt', ...task } as Task]));
}

function candidates(readiness: Readiness): string[] {
  return [...readiness.candidates()].map(({ id }) => id);
}

describe('the readiness of a plan', () => {
  it('counts a dependency that is named twice once, and one that is not there for ever', () => {
    const tasks = planOf([
      { id: 'b', status: 'pending', dependencies: ['a', 'a'] },
      { id: 'a', status: 'pending', dependencies: [] },
      { id: 'lost', status: 'pending', dependencies: ['gone', 'a'] },
    ]);
    const readiness = new Readiness(tasks);
    expect(candidates(readiness)).toEqual(['a']);
    const before = tasks.get('a') as Task;
    const after: Task = { ...before, status: 'completed' };
    tasks.set('a', after);
    readiness.step(before, after);
    expect(candidates(readiness)).toEqual(['b']);
    tasks.set('a', before);
    readiness.step(after, before);
    expect(candidates(readiness)).toEqual(['a']);
  });

  it('of forty dependencies a task takes little more than looking each of them up', () => {
    const make = (): Map<string, Task> =>
      planOf(
        Array.from({ length: 4_000 }, (_, n) => ({
          id: `t${n}`,
          status: 'pending',
          // Texts of their own, as they come out of a journal.
          dependencies: Array.from({ length: Math.min(n, 39) }, (_, k) => JSON.parse(`"t${n - k - 1}"`)),
        })),
      );
    const looked = (tasks: Map<string, Task>): number => {
      let found = 0;
      for (const { dependencies } of tasks.values())
        for (const id of dependencies) if (tasks.get(id)) found++;
      return found;
    };
    const ratios = Array.from({ length: 15 }, () => {
      const floor = cpuMs(looked, make());
      return cpuMs((tasks) => new Readiness(tasks), make()) / floor;
    });
    ratios.sort((a, b) => a - b);
    expect(ratios[7]).toBeLessThan(RATIO_MAX);
  });
});

/** Of the median. Twice and a half on an idle machine; with a set for each task it was nine times. */
const RATIO_MAX = 5;

/** Of a processor, for the first look at these tasks. */
function cpuMs(work: (tasks: Map<string, Task>) => unknown, tasks: Map<string, Task>): number {
  const before = process.cpuUsage();
  work(tasks);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
