/**
 * Edits of a plan beside the work of agents: what is kept, what is refused, and what shows that it was seen.
 */
import { describe, expect, it } from 'vitest';
import { createTaskspace, deleteTaskspace } from '../../src/domain/command.js';
import type { TaskStatus } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { planVersion } from '../../src/domain/state.js';
import { etagOf } from '../../src/domain/version.js';
import { claim, complete, expectLost, fail, named, planned, release, renew, task } from './claims.js';
import type { World } from './world.js';

const ids = (world: World): string[] => [...world.state.plan.tasks.keys()];
const planTag = (world: World): string => etagOf(planVersion(world.state));
const edition = (world: World): string => `"e${world.state.plan.edition}"`;

describe('a plan that is sent again', () => {
  it('changes nothing: what is absent keeps its value, also status, result and the goal', () => {
    const body = { goal: 'g', tasks: [{ id: 'a', name: 'a' }, named('b', { dependencies: ['a'] })] };
    const world = planned(...body.tasks);
    world.run(putPlan(body, {}));
    world.run(claim('A'));
    world.run(complete('a', 'A', { n: 1 }));
    world.run(claim('B', { agent: 'bob' }));
    expect(world.run(putPlan(body, {}))).toEqual([]);
    expect(world.run(putPlan({ tasks: [{ id: 'a' }, { id: 'b' }] }, {}))).toEqual([]);
    expect(world.state.plan.goal).toBe('g');
    expect(task(world, 'a')).toMatchObject({ status: 'completed', result: { n: 1 } });
    expect(task(world, 'b')).toMatchObject({ status: 'in_progress', claim: { agent: 'bob' } });
    world.run(renew('b', 'B'));
  });

  it('takes null as the default, and objects and arrays whole', () => {
    const full = {
      goal: 'g',
      agent: 'x',
      onFailure: 'proceed',
      metadata: { k: 1, l: 2 },
      result: 1,
    } as const;
    const world = planned(named('z'), { ...named('a', { dependencies: ['z'] }), ...full, error: 'e' });
    world.run(putPlan({ goal: 'of the plan', tasks: [{ id: 'z' }, { id: 'a', metadata: { m: 3 } }] }, {}));
    expect(task(world, 'a')).toMatchObject({ ...full, metadata: { m: 3 }, dependencies: ['z'] });
    expect(task(world, 'a').metadata).toEqual({ m: 3 });
    const nulls = { goal: null, agent: null, dependencies: null, status: null, onFailure: null };
    const rest = { result: null, error: null, metadata: null };
    world.run(putPlan({ goal: null, tasks: [{ id: 'a', ...nulls, ...rest }, { id: 'z' }] }, {}));
    expect(world.state.plan.goal).toBe('');
    expect(task(world, 'a')).toMatchObject({
      name: 'a',
      goal: '',
      agent: null,
      dependencies: [],
      status: 'pending',
      onFailure: 'halt',
      result: null,
      error: null,
      metadata: {},
    });
  });

  it('needs a name for new tasks alone', () => {
    const world = planned(named('a'));
    const error = world.refusal(putPlan({ tasks: [{ id: 'a' }, { id: 'b' }, {}] }, {}));
    expect(error.code).toBe('invalid_body');
    expect(error.extras.errors?.map(({ pointer }) => pointer)).toEqual(['/tasks/1/name', '/tasks/2/name']);
    expect(ids(world)).toEqual(['a']);
  });

  it('gives tasks without an id ids that never were, and nothing of what others left', () => {
    const work = [{ name: 'one' }, { name: 'two' }];
    const world = planned(...work);
    expect(ids(world)).toEqual(['t1', 't2']);
    world.run(claim('A'));
    world.run(complete('t1', 'A', 'done'));
    expect(world.refusal(putPlan({ tasks: work }, {})).code).toBe('task_held');
    world.run(putPlan({ tasks: work }, {}, true));
    expect(ids(world)).toEqual(['t3', 't4']);
    expect(task(world, 't3')).toMatchObject({ status: 'pending', result: null, attempts: 0, revision: 1 });
    world.run(removeTask('t4', {}));
    world.run(addTask({ name: 'three' }));
    expect(ids(world).at(-1)).toBe('t5');
    world.run(deleteTaskspace({}));
    world.run(createTaskspace({}));
    world.run(putPlan({ tasks: work }, {}));
    for (const id of ids(world)) expect(Number(id.slice(1))).toBeGreaterThan(5);
  });

  it('with the revisions of tasks is refused when they have changed, by any step, unless it is forced', () => {
    const world = planned(named('a'), named('b'), named('gone'));
    const read = (id: string) => ({ id, revision: task(world, id).revision });
    const body = { tasks: [read('a'), { ...read('b'), name: 'other' }] };
    world.run(claim('A'));
    world.run(removeTask('gone', {}));
    const error = world.refusal(putPlan(body, {}));
    expect(error.code).toBe('precondition_failed');
    expect(error.extras.members).toMatchObject({ moved: ['a'] });
    const removed = { tasks: [read('a'), read('b'), { id: 'gone', name: 'again', revision: 1 }] };
    expect(world.refusal(putPlan(removed, {})).extras.members).toMatchObject({ moved: ['gone'] });
    // A task that never was is new, also with a revision: it comes from the plan of another taskspace.
    world.run(putPlan({ tasks: [read('a'), { id: 'b' }, { id: 'new', name: 'n', revision: 7 }] }, {}));
    expect(task(world, 'new').revision).toBe(1);
    world.run(putPlan({ tasks: [...body.tasks, { id: 'new' }] }, {}, true));
    expect(task(world, 'b').name).toBe('other');
    expect(task(world, 'a').claim?.agent).toBe('ann');
  });
});

describe('what somebody holds or has completed', () => {
  /** One that is claimed, one that is completed, and one that neither is. */
  const scene = (): World => {
    const world = planned(named('held'), named('done'), named('free'));
    world.run(claim('H', { leaseSeconds: 60 }));
    world.run(claim('D', { agent: 'bob' }));
    world.run(complete('done', 'D', 'result'));
    return world;
  };
  const edits = [
    ['PUT with a status', 'held', () => putBy('held', { status: 'pending' })],
    ['PUT that completes it', 'held', () => putBy('held', { status: 'completed' })],
    ['PUT that leaves it out', 'held', () => putBy('held')],
    ['PUT without ids', 'held', () => putNameless],
    ['PATCH of the status', 'held', () => patchBy('held', 'failed')],
    ['PATCH of the status to its default', 'held', () => patchBy('held', null)],
    ['DELETE', 'held', () => removeBy('held')],
    ['PUT with a status', 'done', () => putBy('done', { status: 'pending' })],
    ['PUT with the status null', 'done', () => putBy('done', { status: null })],
    ['PUT that leaves it out', 'done', () => putBy('done')],
    ['PATCH of the status', 'done', () => patchBy('done', 'in_progress')],
    ['DELETE', 'done', () => removeBy('done')],
  ] as const;

  it.each(edits)('is not taken by %s (%s)', (_name, id, edit) => {
    const world = scene();
    const by = edit();
    const before = JSON.stringify(world.state.plan);
    for (const pre of [{}, { ifMatch: '*' as const }, { ifMatch: [edition(world)] }]) {
      const error = world.refusal(by(pre, false));
      expect(error.code).toBe('task_held');
      expect(error.extras.members?.held).toContainEqual(expect.objectContaining({ task: id }));
    }
    expect(JSON.stringify(world.state.plan)).toBe(before);
  });

  it.each(edits)(
    'goes by %s (%s) when the caller shows that he has seen it, or forces it',
    (_name, id, edit) => {
      const by = edit();
      for (const how of ['tag', 'revision', 'force']) {
        const world = scene();
        const version = by === removeBy(id) ? task(world, id) : planVersion(world.state);
        const tags = { plan: version, task: task(world, id) };
        const named = [tags.plan, tags.task].map((each) =>
          how === 'tag' ? etagOf(each) : `"${each.revision}"`,
        );
        world.run(how === 'force' ? by({}, true) : by({ ifMatch: named }, false));
        expect(world.state.plan.tasks.get(id)?.claim ?? null).toBeNull();
        if (id === 'held') expectLost(world, renew('held', 'H'));
      }
    },
  );

  it('is named with who holds it, until when, and how it stands', () => {
    const world = scene();
    const error = world.refusal(putPlan({ tasks: [{ id: 'free' }] }, {}));
    const expiresAt = task(world, 'held').claim?.expiresAt;
    expect(error.extras.members?.held).toEqual([
      { task: 'held', agent: 'ann', expiresAt, status: 'in_progress' },
      { task: 'done', agent: null, expiresAt: null, status: 'completed' },
    ]);
    expect(error.message).toContain('?force=true');
  });

  it('may be changed in everything else', () => {
    const world = scene();
    world.run(putPlan({ tasks: [{ id: 'done', name: 'x' }, { id: 'held', goal: 'y' }, { id: 'free' }] }, {}));
    world.run(patchTask('held', { agent: 'ann', status: 'in_progress' }, {}));
    world.run(patchTask('done', { result: null, status: 'completed' }, {}));
    expect(task(world, 'held').claim).not.toBeNull();
    expect(task(world, 'done')).toMatchObject({ status: 'completed', completedBy: 'ann', result: null });
  });

  it('is free once its lease has lapsed; failed and cancelled tasks are reset by anybody', () => {
    const world = scene();
    world.now += 60_000;
    world.run(patchTask('held', { status: 'pending' }, {}));
    for (const status of ['failed', 'cancelled', 'pending'] as TaskStatus[])
      world.run(patchTask('free', { status }, {}));
    world.run(patchTask('free', { status: 'failed', onFailure: 'proceed' }, {}));
    world.run(putPlan({ tasks: [{ id: 'done' }, { id: 'free', status: 'pending' }] }, {}));
    expect(ids(world)).toEqual(['done', 'free']);
  });

  type By = (pre: Parameters<typeof putPlan>[1], force: boolean) => ReturnType<typeof putPlan>;
  const TASKS = ['held', 'done', 'free'].map((id) => ({ id }));

  /** Leaves the task out when nothing is to be changed of it. */
  function putBy(id: string, change?: { status: TaskStatus | null }): By {
    const tasks = TASKS.flatMap((each) => (each.id !== id ? [each] : change ? [{ ...each, ...change }] : []));
    return (pre, force) => putPlan({ tasks }, pre, force);
  }
  function putNameless(pre: Parameters<By>[0], force: boolean): ReturnType<By> {
    return putPlan({ tasks: [{ name: 'held' }, { name: 'done' }] }, pre, force);
  }
  function patchBy(id: string, status: TaskStatus | null): By {
    return (pre, force) => patchTask(id, { status }, pre, force);
  }
  function removeBy(id: string): By {
    return (pre, force) => removeTask(id, pre, force);
  }
});

describe('the edition of a plan', () => {
  it('moves with every edit and with no step of an agent', () => {
    const world = planned(named('a'), named('b'));
    const seen: number[] = [world.state.plan.edition];
    const step = (decide: Parameters<World['run']>[0]): void => {
      world.run(decide);
      seen.push(world.state.plan.edition);
    };
    step(claim('A'));
    step(renew('a', 'A'));
    step(release('a', 'A'));
    step(claim('B'));
    step(fail('a', 'B', 'e'));
    step(patchTask('a', { status: 'pending' }, {}));
    step(addTask(named('c')));
    step(removeTask('c', {}));
    step(putPlan({ goal: 'x', tasks: [{ id: 'b' }, { id: 'a' }] }, {}));
    step(claim('C'));
    step(complete('b', 'C'));
    expect(seen).toEqual([1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5]);
  });

  it('in If-Match holds beside the work of agents until somebody edits, for PUT, PATCH and DELETE', () => {
    const world = planned(named('a'), named('b'));
    const read = edition(world);
    world.run(claim('A'));
    for (let i = 0; i < 50; i++) world.run(renew('a', 'A'));
    world.run(putPlan({ tasks: [{ id: 'a' }, { id: 'b', name: 'other' }] }, { ifMatch: [read] }));
    expect(task(world, 'a').claim).not.toBeNull();
    for (const command of [
      putPlan({ tasks: [] }, { ifMatch: [read] }),
      patchTask('b', { name: 'x' }, { ifMatch: [read] }),
      removeTask('b', { ifMatch: [read] }),
      removeTask('none', { ifMatch: [edition(world)] }),
    ])
      expect(world.refusal(command).code).toBe('precondition_failed');
    world.run(patchTask('b', { name: 'x' }, { ifMatch: ['"9-00000000"', edition(world)] }));
    world.run(removeTask('b', { ifMatch: [edition(world)] }));
  });

  it('is 0 before the first edit, and never the same in another life', () => {
    const world = planned();
    expect(world.state.plan.edition).toBe(0);
    world.run(putPlan({ tasks: [named('a')] }, { ifMatch: ['"e0"'] }));
    const read = edition(world);
    world.run(deleteTaskspace({}));
    world.run(createTaskspace({}));
    expect(world.refusal(putPlan({ tasks: [] }, { ifMatch: [read] })).code).toBe('precondition_failed');
    world.run(putPlan({ tasks: [named('a')] }, { ifMatch: [edition(world)] }));
    expect(planTag(world)).toMatch(/^"2-/);
  });
});
