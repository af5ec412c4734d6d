import { describe, expect, it } from 'vitest';
import {
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewClaim,
  type TaskNotReady,
} from '../../src/domain/claim-command.js';
import { type Decide, deleteTaskspace } from '../../src/domain/command.js';
import type { TaskspaceError } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/json.js';
import { progressOf, type Task, type TaskInput } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { nextLapse, readyTasks } from '../../src/domain/ready.js';
import { etagOf } from '../../src/domain/version.js';
import { World } from './world.js';

function planned(...tasks: TaskInput[]): World {
  const world = World.live();
  world.run(putPlan({ tasks }, {}));
  return world;
}

const named = (id: string, rest: Omit<TaskInput, 'id' | 'name'> = {}): TaskInput => ({
  id,
  name: id,
  ...rest,
});

/** A claim under a token of that name: the domain knows tokens by their hashes alone. */
const claim = (
  token: string,
  { agent = 'ann', taskId = null as string | null, leaseSeconds = 60 } = {},
): Decide => claimTask({ agent, taskId, token: { nonce: 'n', hash: token, leaseSeconds }, keyed: false });
const renew = (id: string, token: string, leaseSeconds?: number): Decide =>
  renewClaim(id, { hash: token, keyed: false, leaseSeconds });
const release = (id: string, token: string): Decide => releaseTask(id, { hash: token, keyed: false });
const complete = (id: string, token: string, result?: Json): Decide =>
  completeTask(id, { hash: token, keyed: false, result });
const fail = (id: string, token: string, error?: string | null, result?: Json): Decide =>
  failTask(id, { hash: token, keyed: false, error, result });

function task(world: World, id: string): Task {
  const found = world.state.plan.tasks.get(id);
  if (!found) throw new Error(`no task ${id}`);
  return found;
}

/** The id of the task that the claim takes; null when there is none. */
function claimed(world: World, decide: Decide): string | null {
  const [event] = world.run(decide);
  return event?.type === 'task.claimed' ? event.id : null;
}

const readyIds = (world: World, agent: string | null = null): string[] =>
  readyTasks(world.state, world.time, agent).map(({ id }) => id);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('a claim', () => {
  it('takes the first ready task in plan order, marks it and counts the attempt', () => {
    const world = planned(named('a'), named('b'));
    expect(claimed(world, claim('A'))).toBe('a');
    const at = world.time;
    expect(task(world, 'a')).toMatchObject({
      status: 'in_progress',
      claim: { agent: 'ann', claimedAt: at, expiresAt: iso(world.now + 60_000) },
      attempts: 1,
      revision: 2,
    });
    expect(claimed(world, claim('B', { leaseSeconds: 3600 }))).toBe('b');
    expect(task(world, 'b').claim?.expiresAt).toBe(iso(world.now + 3_600_000));
  });

  it('takes a named task out of its turn', () => {
    const world = planned(named('a'), named('b'));
    expect(claimed(world, claim('B', { taskId: 'b' }))).toBe('b');
    expect(claimed(world, claim('A'))).toBe('a');
  });

  it('takes nothing and writes nothing when no task is ready', () => {
    const world = planned(named('a'));
    world.run(claim('A'));
    expect(world.run(claim('B'))).toEqual([]);
    expect(World.live().run(claim('A'))).toEqual([]);
  });

  it('goes past tasks of other agents, and takes its own and those of nobody', () => {
    const world = planned(named('bobs', { agent: 'bob' }), named('anns', { agent: 'ann' }), named('any'));
    expect(claimed(world, claim('1', { agent: 'ann' }))).toBe('anns');
    expect(claimed(world, claim('2', { agent: 'cid' }))).toBe('any');
    expect(claimed(world, claim('3', { agent: 'ann' }))).toBeNull();
    expect(claimed(world, claim('4', { agent: 'bob' }))).toBe('bobs');
  });

  it('takes a task whose claim has lapsed, from the very moment of its end, and counts another attempt', () => {
    const world = planned(named('a'), named('b', { dependencies: ['a'] }));
    world.run(claim('A', { leaseSeconds: 10 }));
    world.now += 8000;
    expect(claimed(world, claim('B'))).toBeNull();
    expect(task(world, 'a').claim?.expiresAt).toBe(iso(world.now + 1000));
    expect(claimed(world, claim('C', { agent: 'bob' }))).toBe('a');
    expect(task(world, 'a')).toMatchObject({ attempts: 2, claim: { agent: 'bob' } });
  });

  it('is shown until it is taken or given up, lapsed or not', () => {
    const world = planned(named('a'));
    world.run(claim('A', { leaseSeconds: 1 }));
    world.now += 3_600_000;
    expect(task(world, 'a')).toMatchObject({ status: 'in_progress', claim: { agent: 'ann' } });
    expect(readyIds(world)).toEqual(['a']);
    expect(progressOf(world.state.plan.tasks)).toMatchObject({ inProgress: 1, ready: 0 });
  });

  it('of a task that is in progress by hand does not exist: nobody can take it', () => {
    const world = planned(named('a', { status: 'in_progress' }));
    expect(claimed(world, claim('A'))).toBeNull();
    expect(world.refusal(claim('A', { taskId: 'a' })).message).toContain('without a claim');
  });

  it('forgets when the task was finished before', () => {
    const world = planned(named('a', { status: 'completed' }));
    world.run(patchTask('a', { status: 'pending' }, {}));
    world.run(claim('A'));
    expect(task(world, 'a').finishedAt).toBeNull();
  });

  it('raises the revision of the task and of the plan by one, as every later step does', () => {
    const world = planned(named('a'), named('b'));
    const steps = [claim('A'), renew('a', 'A'), release('a', 'A'), claim('B'), complete('a', 'B')];
    for (const [i, step] of steps.entries()) {
      world.run(step);
      expect(task(world, 'a').revision).toBe(i + 2);
      expect(world.state.plan.version?.revision).toBe(i + 2);
      expect(task(world, 'b').revision).toBe(1);
      const stale = patchTask('a', { goal: 'x' }, { ifMatch: [`"${i + 1}"`] });
      expect(world.refusal(stale).code).toBe('precondition_failed');
    }
    const tag = etagOf(task(world, 'a'));
    expect(world.run(patchTask('a', { goal: 'x' }, { ifMatch: [tag] }))).toHaveLength(1);
  });
});

describe('a task that is not ready', () => {
  const refused = (world: World, id: string, agent = 'ann'): TaskNotReady => {
    const error = world.refusal(claim('X', { taskId: id, agent }));
    expect(error.code).toBe('task_not_ready');
    return error as TaskNotReady;
  };

  it.each([
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
  ] as const)('because it is %s is refused for good', (status, word) => {
    const error = refused(planned(named('a', { status, onFailure: 'proceed' })), 'a');
    expect(error.message).toContain(`is ${word}`);
    expect(error.forGood).toBe(true);
  });

  it('because somebody has it names him, and until when', () => {
    const world = planned(named('a'));
    world.run(claim('A', { agent: 'bob' }));
    const expiresAt = task(world, 'a').claim?.expiresAt ?? '';
    const error = refused(world, 'a');
    expect(error.message).toContain(`claimed by "bob" until ${expiresAt}`);
    expect(error.extras.members).toMatchObject({ claim: { agent: 'bob', expiresAt } });
    expect(error.forGood).toBe(false);
  });

  it('because of a dependency names the first that is not met, and counts the others', () => {
    const world = planned(
      named('done', { status: 'completed' }),
      named('open'),
      named('other'),
      named('x', { dependencies: ['done', 'open', 'other'] }),
    );
    expect(refused(world, 'x').message).toContain('depends on "open", which is pending and 1 more');
  });

  it('because the plan is halted names the task that halts it', () => {
    const world = planned(named('bad', { status: 'failed' }), named('a'));
    expect(refused(world, 'a').message).toContain('halted by the failed task "bad"');
  });

  it('because it is for another agent names that agent', () => {
    const error = refused(planned(named('a', { agent: 'bob' })), 'a');
    expect(error.message).toContain('for the agent "bob" alone');
    expect(error.forGood).toBe(true);
  });

  it('because there is none is not found, nor is one in a taskspace that is not there', () => {
    const world = planned();
    expect(world.refusal(claim('X', { taskId: 'nope' })).code).toBe('not_found');
    world.run(deleteTaskspace({}));
    for (const call of [claim('X'), renew('a', 'X'), release('a', 'X'), complete('a', 'X'), fail('a', 'X')])
      expect(world.refusal(call).code).toBe('not_found');
  });
});

describe('dependencies', () => {
  it.each([
    ['completed', 'halt', true],
    ['failed', 'proceed', true],
    ['failed', 'escalate_to_user', false],
    ['cancelled', 'proceed', false],
    ['in_progress', 'halt', false],
    ['pending', 'halt', false],
  ] as const)('that are %s with %s let their dependants go on: %s', (status, onFailure, goesOn) => {
    const world = planned(named('a', { status, onFailure }), named('b', { dependencies: ['a'] }));
    expect(readyIds(world).includes('b')).toBe(goesOn);
  });

  it('let a task become ready with the step that meets the last of them', () => {
    const world = planned(
      named('a'),
      named('b', { onFailure: 'proceed' }),
      named('c', { dependencies: ['a', 'b'] }),
    );
    world.run(claim('A'));
    world.run(claim('B'));
    world.run(complete('a', 'A'));
    expect(claimed(world, claim('C'))).toBeNull();
    world.run(fail('b', 'B', 'no luck'));
    expect(claimed(world, claim('C'))).toBe('c');
  });
});

describe('the end of a task', () => {
  it('completes it with its result and clears the claim and an old error', () => {
    const world = planned(named('a', { error: 'of an earlier attempt' }));
    world.run(claim('A'));
    world.run(complete('a', 'A', { files: 3 }));
    expect(task(world, 'a')).toMatchObject({
      status: 'completed',
      claim: null,
      result: { files: 3 },
      error: null,
      finishedAt: world.time,
      attempts: 1,
    });
  });

  it('leaves a result that is not given as it was', () => {
    const world = planned(named('a', { result: 'so far' }));
    world.run(claim('A'));
    world.run(complete('a', 'A'));
    expect(task(world, 'a').result).toBe('so far');
  });

  it('fails it with its error, and a result if there is one', () => {
    const world = planned(named('a', { onFailure: 'proceed' }), named('b', { onFailure: 'proceed' }));
    world.run(claim('A'));
    world.run(fail('a', 'A', 'disk full', [1]));
    expect(task(world, 'a')).toMatchObject({
      status: 'failed',
      claim: null,
      error: 'disk full',
      result: [1],
      finishedAt: world.time,
    });
    world.run(claim('B'));
    world.run(fail('b', 'B'));
    expect(task(world, 'b')).toMatchObject({ status: 'failed', error: null, result: null });
  });

  it('halts the plan when a task with halt fails: nothing is ready until that task is no longer failed', () => {
    const world = planned(named('a'), named('b'), named('c'));
    world.run(claim('A'));
    world.run(claim('B'));
    world.run(fail('a', 'A'));
    expect(progressOf(world.state.plan.tasks)).toMatchObject({ halted: true, ready: 0, failed: 1 });
    expect(readyIds(world)).toEqual([]);
    expect(claimed(world, claim('C'))).toBeNull();
    expect(world.run(complete('b', 'B'))).toHaveLength(1);
    world.run(patchTask('a', { status: 'pending' }, {}));
    expect(progressOf(world.state.plan.tasks).halted).toBe(false);
    expect(readyIds(world)).toEqual(['a', 'c']);
  });

  it('keeps only its dependants waiting when a task with escalate_to_user fails', () => {
    const world = planned(
      named('a', { onFailure: 'escalate_to_user' }),
      named('b', { dependencies: ['a'] }),
      named('c'),
    );
    world.run(claim('A'));
    world.run(fail('a', 'A'));
    expect(progressOf(world.state.plan.tasks)).toMatchObject({ halted: false, ready: 1 });
    expect(readyIds(world)).toEqual(['c']);
  });

  it('answers its repetition by the same token as the first time, without another event', () => {
    const world = planned(named('a', { onFailure: 'proceed' }), named('b', { onFailure: 'proceed' }));
    world.run(claim('A'));
    world.run(claim('B'));
    world.run(complete('a', 'A', 1));
    world.run(fail('b', 'B', 'e'));
    world.now += 86_400_000;
    expect(world.run(complete('a', 'A', 2))).toEqual([]);
    expect(world.run(fail('b', 'B', 'other'))).toEqual([]);
    expect(task(world, 'a').result).toBe(1);
    world.run(patchTask('a', { goal: 'later' }, {}));
    expect(world.run(complete('a', 'A', 2))).toEqual([]);
  });

  it.each<[string, (world: World) => void]>([
    ['by another token', (world) => void expectLost(world, complete('a', 'B'))],
    ['in the other way', (world) => void expectLost(world, fail('a', 'A'))],
    ['as a release', (world) => void expectLost(world, release('a', 'A'))],
    ['as a heartbeat', (world) => void expectLost(world, renew('a', 'A'))],
  ])('is not undone or repeated %s', (_how, check) => {
    const world = planned(named('a'));
    world.run(claim('A'));
    world.run(complete('a', 'A'));
    check(world);
  });

  it('is no longer that of its token once the task was reset, even if it is completed again by hand', () => {
    const world = planned(named('a'));
    world.run(claim('A'));
    world.run(complete('a', 'A'));
    world.run(patchTask('a', { status: 'pending' }, {}));
    expectLost(world, complete('a', 'A'));
    world.run(patchTask('a', { status: 'completed' }, {}));
    expectLost(world, complete('a', 'A'));
  });
});

function expectLost(world: World, decide: Decide): TaskspaceError {
  const error = world.refusal(decide);
  expect(error.code).toBe('lease_lost');
  return error;
}

describe('a token', () => {
  const held = (): World => {
    const world = planned(named('a'), named('b'));
    world.run(claim('A', { leaseSeconds: 10 }));
    return world;
  };
  const calls = [
    ['renew', renew('a', 'A')],
    ['release', release('a', 'A')],
    ['complete', complete('a', 'A')],
    ['fail', fail('a', 'A')],
  ] as const;

  it.each(calls)('lets its holder %s a lapsed claim that nobody took', (_what, call) => {
    const world = held();
    world.now += 3_600_000;
    expect(world.run(call)).toHaveLength(1);
  });

  const losses: [string, (world: World) => void][] = [
    [
      'somebody else has claimed the lapsed task',
      (world) => {
        world.now += 60_000;
        world.run(claim('B', { agent: 'bob' }));
      },
    ],
    [
      'the same agent has claimed it again',
      (world) => {
        world.now += 60_000;
        world.run(claim('B', { agent: 'ann' }));
      },
    ],
    ['it was released', (world) => void world.run(release('a', 'A'))],
    [
      'a person has completed the task',
      (world) => void world.run(patchTask('a', { status: 'completed' }, {})),
    ],
    ['a person has cancelled it', (world) => void world.run(patchTask('a', { status: 'cancelled' }, {}))],
    ['a person has reset it', (world) => void world.run(patchTask('a', { status: 'pending' }, {}))],
    [
      'it was reset and set in progress by hand',
      (world) => {
        world.run(patchTask('a', { status: 'pending' }, {}));
        world.run(patchTask('a', { status: 'in_progress' }, {}));
      },
    ],
    ['a PUT of the plan has reset it', (world) => void world.run(putPlan({ tasks: [named('a')] }, {}))],
    [
      'it was removed and added again',
      (world) => {
        world.run(removeTask('a', {}));
        world.run(addTask(named('a', { status: 'in_progress' })));
      },
    ],
  ];
  for (const [what, lose] of losses) {
    it.each(calls)(`does not let him %s once ${what}`, (_what, call) => {
      const world = held();
      lose(world);
      expectLost(world, call);
    });
  }

  it('that is lost says who has the task now', () => {
    const world = held();
    world.now += 60_000;
    world.run(claim('B', { agent: 'bob' }));
    const { message, extras } = expectLost(world, renew('a', 'A'));
    expect(message).toContain('claimed by "bob" until');
    expect(extras.members).toMatchObject({ claim: { agent: 'bob' } });
  });

  it('of a task that was removed is lost with it; of one that never was there is nothing to lose', () => {
    const world = held();
    world.run(removeTask('a', {}));
    for (const [, call] of calls) expect(expectLost(world, call).message).toContain('was removed');
    for (const call of [renew('z', 'A'), release('z', 'A'), complete('z', 'A'), fail('z', 'A')])
      expect(world.refusal(call).code).toBe('not_found');
  });

  it('of another task does not do, nor one that differs in a character or in length', () => {
    const world = held();
    world.run(claim('B'));
    for (const token of ['B', '', 'AA', 'a']) expectLost(world, complete('a', token));
  });

  it('stays good over changes that leave the status as it is', () => {
    const world = held();
    world.run(patchTask('a', { name: 'new', metadata: { n: 1 }, dependencies: ['b'] }, {}));
    world.run(putPlan({ tasks: [named('b'), named('a', { status: 'in_progress', goal: 'g' })] }, {}));
    expect(task(world, 'a').claim?.agent).toBe('ann');
    expect(world.run(renew('a', 'A'))).toHaveLength(1);
    expect(world.run(complete('a', 'A'))).toHaveLength(1);
  });

  it('is kept by its hash, and its nonce in the event alone', () => {
    const world = planned(named('a'));
    const [event] = world.run(claim('A'));
    expect(event).toMatchObject({ token: { nonce: 'n', hash: 'A', leaseSeconds: 60 } });
    expect(task(world, 'a').token).toEqual({ hash: 'A', leaseSeconds: 60 });
  });
});

describe('a heartbeat', () => {
  it('moves the end of the claim to so long after it, and nothing else', () => {
    const world = planned(named('a'));
    world.run(claim('A', { leaseSeconds: 10 }));
    const before = task(world, 'a');
    world.now += 5000;
    world.run(renew('a', 'A', 300));
    const expiresAt = iso(world.now + 300_000);
    expect(task(world, 'a')).toMatchObject({ status: 'in_progress', attempts: 1 });
    expect(task(world, 'a').claim).toEqual({ ...before.claim, expiresAt });
  });

  it('may also shorten it', () => {
    const world = planned(named('a'));
    world.run(claim('A', { leaseSeconds: 3600 }));
    world.run(renew('a', 'A', 1));
    expect(task(world, 'a').claim?.expiresAt).toBe(iso(world.now + 1000));
  });

  it('without seconds gives what was asked for last', () => {
    const world = planned(named('a'));
    world.run(claim('A', { leaseSeconds: 10 }));
    world.run(renew('a', 'A'));
    expect(task(world, 'a').claim?.expiresAt).toBe(iso(world.now + 10_000));
    world.run(renew('a', 'A', 7));
    world.run(renew('a', 'A'));
    expect(task(world, 'a').claim?.expiresAt).toBe(iso(world.now + 7000));
  });
});

describe('a release', () => {
  it('makes the task pending again, its attempts kept, and the next one may claim it', () => {
    const world = planned(named('a'), named('b'));
    world.run(claim('A'));
    world.run(release('a', 'A'));
    expect(task(world, 'a')).toMatchObject({ status: 'pending', claim: null, attempts: 1, finishedAt: null });
    expect(claimed(world, claim('B', { agent: 'bob' }))).toBe('a');
    expect(task(world, 'a').attempts).toBe(2);
  });
});

describe('PATCH and PUT', () => {
  it.each(['pending', 'completed', 'failed', 'cancelled'] as const)(
    'that set a claimed task to %s drop its claim',
    (status) => {
      for (const change of [
        patchTask('a', { status }, {}),
        putPlan({ tasks: [named('a', { status, onFailure: 'proceed' })] }, {}),
      ]) {
        const world = planned(named('a', { onFailure: 'proceed' }));
        world.run(claim('A'));
        world.run(change);
        expect(task(world, 'a')).toMatchObject({ status, claim: null, attempts: 1 });
        expect(task(world, 'a').token).toBeNull();
      }
    },
  );

  it('that keep a task by its id keep its claim, attempts and times, wherever it then stands', () => {
    const world = planned(named('a'), named('b'));
    world.run(claim('A'));
    world.run(complete('a', 'A'));
    world.run(claim('B'));
    const [a, b] = [task(world, 'a'), task(world, 'b')];
    world.run(
      putPlan(
        {
          tasks: [
            named('new'),
            named('b', { status: 'in_progress', goal: 'more' }),
            named('a', { status: 'completed', goal: 'more' }),
          ],
        },
        {},
      ),
    );
    expect(task(world, 'b')).toMatchObject({ claim: b.claim, attempts: 1, token: b.token });
    expect(task(world, 'a')).toMatchObject({ finishedAt: a.finishedAt, attempts: 1, token: a.token });
  });
});

describe('the next lapse', () => {
  const lapse = (world: World, taskId: string | null = null, agent = 'ann'): string | null =>
    nextLapse(world.state, world.time, agent, taskId);

  it('is the end of the claim that ends first among those that are all that keeps a task from the agent', () => {
    const world = planned(named('a'), named('b'), named('bobs', { agent: 'bob' }));
    world.run(claim('A', { leaseSeconds: 100 }));
    world.run(claim('B', { leaseSeconds: 50 }));
    world.run(claim('C', { leaseSeconds: 10, agent: 'bob' }));
    expect(lapse(world)).toBe(task(world, 'b').claim?.expiresAt);
    expect(lapse(world, 'a')).toBe(task(world, 'a').claim?.expiresAt);
    expect(lapse(world, null, 'bob')).toBe(task(world, 'bobs').claim?.expiresAt);
    expect(lapse(world, 'bobs')).toBeNull();
  });

  it('does not come for tasks whose dependencies are open again, nor in a halted plan', () => {
    const world = planned(
      named('a', { status: 'completed' }),
      named('b', { dependencies: ['a'] }),
      named('bad'),
    );
    world.run(claim('B'));
    expect(lapse(world)).not.toBeNull();
    world.run(patchTask('a', { status: 'cancelled' }, {}));
    expect(lapse(world)).toBeNull();
    world.run(patchTask('a', { status: 'completed' }, {}));
    world.run(patchTask('bad', { status: 'failed' }, {}));
    expect(lapse(world)).toBeNull();
  });
});

describe('a step with a key', () => {
  it('keeps the whole task in its event, so that its answer can be given again from it alone', () => {
    const world = planned(named('a', { goal: 'g', metadata: { deep: [1] } }));
    const token = { nonce: 'n', hash: 'A', leaseSeconds: 60 };
    const steps: Decide[] = [
      claimTask({ agent: 'ann', taskId: null, token, keyed: true }),
      renewClaim('a', { hash: 'A', keyed: true, leaseSeconds: undefined }),
      completeTask('a', { hash: 'A', keyed: true, result: 1 }),
    ];
    for (const step of steps) {
      const [event] = world.run(step);
      if (!event || !('rest' in event)) throw new Error('the event keeps no task');
      const { tag: _tag, by: _by, at: _at, token: _token, ...value } = task(world, 'a');
      expect({ ...event.rest, ...event.set }).toEqual(value);
      for (const key of Object.keys(event.set)) expect(event.rest).not.toHaveProperty(key);
    }
  });
});
