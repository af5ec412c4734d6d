import { describe, expect, it } from 'vitest';
import { createTaskspace, deleteTaskspace } from '../../src/domain/command.js';
import { progressOf, TASKS_MAX, type TaskInput, type TaskStatus } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { readyTasks } from '../../src/domain/ready.js';
import { etagOf } from '../../src/domain/version.js';
import { World } from './world.js';

function withTasks(...tasks: TaskInput[]): World {
  const world = World.live();
  world.run(putPlan({ goal: 'g', tasks }, {}));
  return world;
}

const named = (id: string, ...dependencies: string[]): TaskInput => ({ id, name: id, dependencies });
const ids = (world: World): string[] => [...world.state.plan.tasks.keys()];
const task = (world: World, id: string) => world.state.plan.tasks.get(id);
const readyIds = (world: World, agent: string | null = null): string[] =>
  readyTasks(world.state, world.clock, agent).map(({ id }) => id);

describe('a plan', () => {
  it('is empty at revision 0 before its first write; writing nothing leaves it there', () => {
    const world = World.live();
    expect(world.state.plan.version).toBeNull();
    expect(world.run(putPlan({}, {}))).toEqual([]);
    expect(world.state.plan.version).toBeNull();
  });

  it('takes the precondition of the version that GET showed, also the empty one', () => {
    const world = World.live();
    expect(world.refusal(putPlan({ goal: 'x' }, { ifMatch: ['"1"'] })).code).toBe('precondition_failed');
    expect(world.refusal(putPlan({ goal: 'x' }, { ifMatch: '*' })).code).toBe('precondition_failed');
    world.run(putPlan({ goal: 'x' }, { ifMatch: [`"0-${world.state.bornTag}"`] }));
    expect(world.refusal(putPlan({ goal: 'y' }, { ifMatch: ['"0"'] })).code).toBe('precondition_failed');
    expect(world.refusal(putPlan({ goal: 'y' }, { ifNoneMatch: '*' })).code).toBe('precondition_failed');
    world.run(putPlan({ goal: 'y' }, { ifMatch: ['"1"'] }));
    expect(world.state.plan.version?.revision).toBe(2);
  });

  it('of an earlier life matches nothing in the next', () => {
    const world = World.live();
    const empty = `"0-${world.state.bornTag}"`;
    world.run(deleteTaskspace({}));
    world.run(createTaskspace({}));
    expect(world.refusal(putPlan({ goal: 'x' }, { ifMatch: [empty] })).code).toBe('precondition_failed');
  });

  it('keeps claim, attempts and times of tasks that keep their id, and revisions of those that do not change', () => {
    const world = withTasks({ ...named('a'), status: 'completed' }, named('b'));
    const finishedAt = task(world, 'a')?.finishedAt;
    world.run(
      putPlan(
        {
          goal: 'h',
          tasks: [
            { ...named('a'), status: 'completed' },
            { ...named('b'), name: 'other' },
          ],
        },
        {},
      ),
    );
    expect(task(world, 'a')).toMatchObject({ revision: 1, finishedAt, attempts: 0, claim: null });
    expect(task(world, 'b')).toMatchObject({ revision: 2, name: 'other' });
    expect(
      world.run(
        putPlan(
          {
            goal: 'h',
            tasks: [
              { ...named('a'), status: 'completed' },
              { ...named('b'), name: 'other' },
            ],
          },
          {},
        ),
      ),
    ).toEqual([]);
  });

  it('notices another order', () => {
    const world = withTasks(named('a'), named('b'));
    expect(world.run(putPlan({ goal: 'g', tasks: [named('b'), named('a')] }, {}))).toHaveLength(1);
    expect(ids(world)).toEqual(['b', 'a']);
    expect(task(world, 'a')?.revision).toBe(1);
  });

  it('names tasks without an id t<n>, past those that are taken', () => {
    const world = withTasks({ name: 'first' }, { id: 't3', name: 'x' }, { name: 'third' });
    expect(ids(world)).toEqual(['t1', 't3', 't4']);
    world.run(addTask({ name: 'fourth' }));
    expect(ids(world).at(-1)).toBe('t5');
  });

  it('goes on counting a task that was removed and comes back', () => {
    const world = withTasks(named('a'));
    world.run(removeTask('a', {}));
    world.run(addTask(named('a')));
    expect(task(world, 'a')?.revision).toBe(2);
    world.run(putPlan({ tasks: [] }, {}));
    world.run(addTask(named('a')));
    expect(task(world, 'a')?.revision).toBe(3);
  });
});

describe('a contradictory plan', () => {
  it.each([
    ['an unknown dependency', [named('a', 'x')], ['/tasks/0/dependencies/0']],
    ['a dependency on itself', [named('b'), named('a', 'b', 'a')], ['/tasks/1/dependencies/1']],
    ['an id twice', [named('a'), named('b'), named('a')], ['/tasks/2/id']],
    ['a cycle', [named('x'), named('a', 'b'), named('b', 'c'), named('c', 'a')], ['/tasks/1/dependencies']],
    [
      'several faults',
      [named('a', 'x'), named('b', 'y', 'b')],
      ['/tasks/0/dependencies/0', '/tasks/1/dependencies/0', '/tasks/1/dependencies/1'],
    ],
  ])('(%s) is refused with pointers', (_name, tasks, pointers) => {
    const error = World.live().refusal(putPlan({ tasks }, {}));
    expect(error.code).toBe('invalid_plan');
    expect(error.extras.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('names a cycle, also behind a long chain that leads into it', () => {
    const chain = Array.from({ length: 2000 }, (_, n) => named(`n${n}`, `n${n + 1}`));
    const error = World.live().refusal(putPlan({ tasks: [...chain, named('n2000', 'n1990')] }, {}));
    expect(error.extras.errors?.[0]?.detail).toMatch(/n1990 → .* → n1999/);
  });

  it('is not seen in a diamond, nor in one dependency twice', () => {
    const world = withTasks(named('a'), named('b', 'a'), named('c', 'a', 'a'), named('d', 'b', 'c', 'b'));
    expect(ids(world)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of one task has pointers from its own root', () => {
    const world = withTasks(named('a'), named('b', 'a'));
    const pointers = (error: { extras: { errors?: { pointer: string }[] } }) =>
      error.extras.errors?.map(({ pointer }) => pointer);
    expect(pointers(world.refusal(addTask(named('c', 'x'))))).toEqual(['/dependencies/0']);
    expect(pointers(world.refusal(addTask(named('c', 'c'))))).toEqual(['/dependencies/0']);
    expect(pointers(world.refusal(patchTask('a', { dependencies: ['b'] }, {})))).toEqual(['/dependencies']);
    expect(pointers(world.refusal(patchTask('a', { dependencies: ['a'] }, {})))).toEqual(['/dependencies/0']);
    expect(world.refusal(addTask(named('a'))).code).toBe('already_exists');
  });

  it(`holds at most ${TASKS_MAX} tasks, also one by one`, () => {
    const tasks = Array.from({ length: TASKS_MAX }, (_, n) => ({ name: String(n) }));
    const world = withTasks(...tasks);
    expect(world.refusal(addTask({ name: 'one more' })).code).toBe('invalid_plan');
    expect(World.live().refusal(putPlan({ tasks: [...tasks, { name: 'x' }] }, {})).code).toBe('invalid_plan');
  });
});

describe('a task', () => {
  it("moves its own revision and the plan's with every change, and neither without one", () => {
    const world = withTasks(named('a'), named('b'));
    world.run(patchTask('a', { name: 'x', metadata: { k: 1 } }, {}));
    expect(task(world, 'a')).toMatchObject({ revision: 2, name: 'x', metadata: { k: 1 } });
    expect(task(world, 'b')?.revision).toBe(1);
    expect(world.state.plan.version?.revision).toBe(2);
    expect(world.run(patchTask('a', { name: 'x' }, {}))).toEqual([]);
    const a = task(world, 'a');
    expect(a && etagOf(a)).toBe(`"2-${world.state.plan.version?.tag}"`);
  });

  it('takes null as its defaults', () => {
    const world = withTasks({
      ...named('a'),
      goal: 'g',
      agent: 'x',
      status: 'failed',
      onFailure: 'proceed',
      result: 1,
      error: 'e',
      metadata: { k: 1 },
    });
    const nulls = {
      goal: null,
      agent: null,
      dependencies: null,
      status: null,
      onFailure: null,
      result: null,
      error: null,
      metadata: null,
    };
    world.run(patchTask('a', nulls, {}));
    expect(task(world, 'a')).toMatchObject({
      goal: '',
      agent: null,
      dependencies: [],
      status: 'pending',
      onFailure: 'halt',
      result: null,
      error: null,
      metadata: {},
      finishedAt: null,
    });
  });

  it('has finishedAt while it is completed or failed, from the moment that it became so', () => {
    const world = withTasks(named('a'));
    const finishedAt = (status: TaskStatus): string | null | undefined => {
      world.run(patchTask('a', { status }, {}, true));
      return task(world, 'a')?.finishedAt;
    };
    const completed = finishedAt('completed');
    expect(completed).toBe(world.time);
    world.run(patchTask('a', { name: 'later' }, {}));
    expect(task(world, 'a')?.finishedAt).toBe(completed);
    expect(finishedAt('failed')).toBe(world.time);
    expect(finishedAt('in_progress')).toBeNull();
    expect(finishedAt('cancelled')).toBeNull();
    expect(finishedAt('pending')).toBeNull();
  });

  it('that others depend on cannot be removed', () => {
    const world = withTasks(named('a'), named('b', 'a'));
    expect(world.refusal(removeTask('a', {})).code).toBe('has_dependents');
    world.run(removeTask('b', {}));
    world.run(removeTask('a', {}));
    expect(ids(world)).toEqual([]);
    expect(world.state.plan.version?.revision).toBe(3);
  });

  it('takes its own precondition; one that is not there fails it, and without one is 404', () => {
    const world = withTasks(named('a'), named('b'));
    world.run(patchTask('a', { name: 'x' }, { ifMatch: ['"1"'] }));
    expect(world.refusal(patchTask('a', { name: 'y' }, { ifMatch: ['"1"'] })).code).toBe(
      'precondition_failed',
    );
    expect(world.refusal(removeTask('a', { ifMatch: ['"1"'] })).code).toBe('precondition_failed');
    for (const command of [
      patchTask('none', {}, { ifMatch: '*' }),
      removeTask('none', { ifMatch: ['"1"'] }),
    ]) {
      expect(world.refusal(command).code).toBe('precondition_failed');
      expect(new World().refusal(command).code).toBe('not_found');
    }
    expect(world.refusal(patchTask('none', {}, {})).code).toBe('not_found');
    expect(world.refusal(removeTask('none', {})).code).toBe('not_found');
  });
});

describe('what is ready', () => {
  it('follows dependencies and their outcome', () => {
    const world = withTasks(named('a'), named('b', 'a'), named('c', 'b'));
    expect(readyIds(world)).toEqual(['a']);
    world.run(patchTask('a', { status: 'completed' }, {}));
    expect(readyIds(world)).toEqual(['b']);
    world.run(patchTask('b', { status: 'failed', onFailure: 'proceed' }, {}));
    expect(readyIds(world)).toEqual(['c']);
    world.run(patchTask('b', { onFailure: 'escalate_to_user' }, {}));
    expect(readyIds(world)).toEqual([]);
    world.run(patchTask('b', { status: 'cancelled' }, {}));
    expect(readyIds(world)).toEqual([]);
  });

  it('is nothing while a task that halts stands as failed', () => {
    const world = withTasks(named('a'), named('b'));
    world.run(patchTask('a', { status: 'failed' }, {}));
    expect(readyIds(world)).toEqual([]);
    expect(progressOf(world.state.plan.tasks)).toMatchObject({ halted: true, ready: 0 });
    world.run(patchTask('a', { status: 'pending' }, {}));
    expect(readyIds(world)).toEqual(['a', 'b']);
  });

  it("is for the task's agent alone", () => {
    const world = withTasks({ ...named('a'), agent: 'x' }, named('b'));
    expect(readyIds(world, 'x')).toEqual(['a', 'b']);
    expect(readyIds(world, 'y')).toEqual(['b']);
    expect(progressOf(world.state.plan.tasks).ready).toBe(2);
  });

  it('counts as progress: percent of what was not cancelled, 0 for none', () => {
    const world = withTasks(
      ...['completed', 'completed', 'pending', 'cancelled'].map((status, n) => ({
        ...named(`t${n}`),
        status: status as TaskStatus,
      })),
    );
    expect(progressOf(world.state.plan.tasks)).toEqual({
      total: 4,
      pending: 1,
      inProgress: 0,
      completed: 2,
      failed: 0,
      cancelled: 1,
      ready: 1,
      percent: 66,
      halted: false,
    });
    expect(progressOf(withTasks({ ...named('a'), status: 'cancelled' }).state.plan.tasks).percent).toBe(0);
  });
});
