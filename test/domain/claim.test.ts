import { describe, expect, it } from 'vitest';
import type { TaskNotReady } from '../../src/domain/claim-command.js';
import { deleteTaskspace } from '../../src/domain/command.js';
import { progressOf } from '../../src/domain/plan.js';
import { patchTask, putPlan } from '../../src/domain/plan-command.js';
import { nextLapse } from '../../src/domain/ready.js';
import { etagOf } from '../../src/domain/version.js';
import {
  claim,
  claimed,
  complete,
  fail,
  iso,
  named,
  planned,
  readyIds,
  release,
  renew,
  task,
} from './claims.js';
import { World } from './world.js';

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
    world.run(patchTask('a', { status: 'pending' }, {}, true));
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
        patchTask('a', { status }, {}, true),
        putPlan({ tasks: [named('a', { status, onFailure: 'proceed' })] }, {}, true),
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
  const lapse = (world: World, taskId: string | null = null, agent = 'ann'): string | null => {
    const left = nextLapse(world.state, world.clock, agent, taskId);
    return left === null ? null : iso(world.now + left);
  };

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
    world.run(patchTask('a', { status: 'cancelled' }, {}, true));
    expect(lapse(world)).toBeNull();
    world.run(patchTask('a', { status: 'completed' }, {}, true));
    world.run(patchTask('bad', { status: 'failed' }, {}, true));
    expect(lapse(world)).toBeNull();
  });
});
