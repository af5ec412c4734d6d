import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/plan.js';
import { emptyState, type State } from '../../src/domain/state.js';
import { planBytes, planFile } from '../../src/store/files/mirror/content.js';

function withTasks(count: number, metadata: Task['metadata']): State {
  const tasks = Array.from({ length: count }, (_, n): [string, Task] => {
    const fields = {
      name: `n${n}`,
      goal: 'two\nlines',
      agent: null,
      dependencies: n > 0 ? [`t${n - 1}`] : [],
    };
    const rest = {
      result: [{ a: [] }],
      error: null,
      metadata,
      claim: null,
      lastClaim: null,
      completedBy: null,
    };
    const version = { attempts: 0, finishedAt: null, revision: 1, token: null, tag: 'a', by: 'b', at: 'c' };
    return [`t${n}`, { id: `t${n}`, ...fields, status: 'pending', onFailure: 'halt', ...rest, ...version }];
  });
  const state = emptyState('ts');
  return { ...state, plan: { ...state.plan, goal: '"tasks": []', tasks: new Map(tasks) } };
}

describe('the text of plan.json', () => {
  it.each<[string, State]>([
    ['no tasks', withTasks(0, {})],
    ['a few', withTasks(3, {})],
    ['many', withTasks(3_000, { text: ',\n"ä', deep: { list: [[], {}] } })],
    ['few, but long ones', withTasks(3, { text: 'ö"'.repeat(100_000) })],
  ])('is the same in turns and at once: %s', async (_what, state) => {
    expect((await planBytes(state)).toString()).toBe(planFile(state));
  });
});
