import { describe, expect, it } from 'vitest';
import { claimTask, completeTask, renewClaim } from '../../src/domain/claim-command.js';
import type { Decide } from '../../src/domain/command.js';
import { progressOf } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import {
  claim,
  claimed,
  complete,
  expectLost,
  fail,
  named,
  planned,
  readyIds,
  release,
  renew,
  task,
} from './claims.js';
import type { World } from './world.js';

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

  it.each([
    ['complete', complete('a', 'B')],
    ['fail', fail('a', 'B')],
  ])('leaves nothing of the outcome of an earlier attempt: %s', (_name, end) => {
    const world = planned(named('a'));
    world.run(claim('A'));
    world.run(fail('a', 'A', 'first', 'R1'));
    world.run(patchTask('a', { status: 'pending' }, {}, true));
    expect(task(world, 'a')).toMatchObject({ error: 'first', result: 'R1' });
    world.run(claim('B'));
    world.run(end);
    expect(task(world, 'a')).toMatchObject({ error: null, result: null });
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
    world.run(patchTask('a', { status: 'pending' }, {}, true));
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
    world.run(patchTask('a', { goal: 'later' }, {}, true));
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
    world.run(patchTask('a', { status: 'pending' }, {}, true));
    expectLost(world, complete('a', 'A'));
    world.run(patchTask('a', { status: 'completed' }, {}, true));
    expectLost(world, complete('a', 'A'));
  });
});

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
      (world) => void world.run(patchTask('a', { status: 'completed' }, {}, true)),
    ],
    [
      'a person has cancelled it',
      (world) => void world.run(patchTask('a', { status: 'cancelled' }, {}, true)),
    ],
    ['a person has reset it', (world) => void world.run(patchTask('a', { status: 'pending' }, {}, true))],
    [
      'it was reset and set in progress by hand',
      (world) => {
        world.run(patchTask('a', { status: 'pending' }, {}, true));
        world.run(patchTask('a', { status: 'in_progress' }, {}, true));
      },
    ],
    [
      'a PUT of the plan has reset it',
      (world) => void world.run(putPlan({ tasks: [named('a', { status: 'pending' })] }, {}, true)),
    ],
    [
      'it was removed and added again',
      (world) => {
        world.run(removeTask('a', {}, true));
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
    world.run(removeTask('a', {}, true));
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
    world.run(patchTask('a', { name: 'new', metadata: { n: 1 }, dependencies: ['b'] }, {}, true));
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
