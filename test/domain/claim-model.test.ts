import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewClaim,
} from '../../src/domain/claim-command.js';
import type { Decide } from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import type { TaskStatus } from '../../src/domain/plan.js';
import { patchTask, putPlan } from '../../src/domain/plan-command.js';
import { World } from './world.js';

/**
 * Second, naive idea of a plan that is worked on: who was told what, and when it ends. Every token is used
 * once.
 */
interface Work {
  readonly id: string;
  readonly needs: readonly string[];
  readonly agent: string | null;
  readonly onFailure: 'halt' | 'proceed';
  status: TaskStatus;
  /** The token that the last claimer was given, as long as it is good for anything. */
  token: string | null;
  until: number;
  attempts: number;
}

class Model {
  readonly works: Work[] = [
    work('a', [], null, 'halt'),
    work('b', ['a'], null, 'proceed'),
    work('c', [], 'bob', 'proceed'),
    work('d', ['b', 'c'], null, 'proceed'),
  ];
  tokens = 0;

  of(id: string): Work {
    const found = this.works.find((each) => each.id === id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  }

  mayTake({ status, token, until, agent, needs }: Work, who: string, now: number): boolean {
    const halted = this.works.some((each) => each.status === 'failed' && each.onFailure === 'halt');
    const free = status === 'pending' || (status === 'in_progress' && token !== null && until <= now);
    const met = needs.every((id) => {
      const need = this.of(id);
      return need.status === 'completed' || (need.status === 'failed' && need.onFailure === 'proceed');
    });
    return !halted && free && met && (agent === null || agent === who);
  }
}

function work(id: string, needs: string[], agent: string | null, onFailure: 'halt' | 'proceed'): Work {
  return { id, needs, agent, onFailure, status: 'pending', token: null, until: 0, attempts: 0 };
}

type Action = (model: Model, now: number) => { text: string; decide: Decide; expected: string };

const taskId = fc.constantFrom('a', 'b', 'c', 'd');
/** Which of the tokens that were given out so far; the last one most often. */
const age = fc.constantFrom(0, 0, 0, 1, 2, 5);
const seconds = fc.constantFrom(1, 5, 30);

const claim = fc.tuple(fc.constantFrom('ann', 'bob'), fc.option(taskId, { freq: 3 }), seconds).map(
  ([agent, wanted, leaseSeconds]): Action =>
    (model, now) => {
      const hash = `token${++model.tokens}`;
      const token = { nonce: 'n', hash, leaseSeconds };
      const decide = claimTask({ agent, taskId: wanted, token, keyed: false });
      const got = wanted
        ? [model.of(wanted)].find((each) => model.mayTake(each, agent, now))
        : model.works.find((each) => model.mayTake(each, agent, now));
      const text = `claim ${wanted ?? 'any'} by ${agent}`;
      if (!got) return { text, decide, expected: wanted ? 'task_not_ready' : 'same' };
      const { attempts } = got;
      const until = now + leaseSeconds * 1000;
      Object.assign(got, { status: 'in_progress', token: hash, until, attempts: attempts + 1 });
      return { text, decide, expected: `claimed ${got.id}` };
    },
);

/** What only a holder may do. */
const step = fc.tuple(fc.constantFrom('renew', 'release', 'complete', 'fail'), taskId, age, seconds).map(
  ([what, id, back, leaseSeconds]): Action =>
    (model, now) => {
      const hash = `token${Math.max(0, model.tokens - back)}`;
      const by = { hash, keyed: false };
      const task = model.of(id);
      const text = `${what} ${id} with ${hash}`;
      const holds = task.status === 'in_progress' && task.token === hash;
      if (what === 'renew') {
        if (holds) task.until = now + leaseSeconds * 1000;
        const decide = renewClaim(id, { ...by, leaseSeconds });
        return { text, decide, expected: holds ? 'renewed' : 'lease_lost' };
      }
      if (what === 'release') {
        if (holds) Object.assign(task, { status: 'pending', token: null });
        return { text, decide: releaseTask(id, by), expected: holds ? 'released' : 'lease_lost' };
      }
      const status = what === 'complete' ? 'completed' : 'failed';
      const again = task.status === status && task.token === hash;
      if (holds) task.status = status;
      const decide =
        what === 'complete'
          ? completeTask(id, { ...by, result: 1 })
          : failTask(id, { ...by, result: 1, error: 'e' });
      return { text, decide, expected: again ? 'same' : holds ? status : 'lease_lost' };
    },
);

/**
 * Whether an edit that leads to this status takes something away: a claim that has not lapsed, or a
 * completion.
 */
function takes({ status, token, until }: Work, next: TaskStatus, now: number): boolean {
  const isHeld = status === 'in_progress' && token !== null && until > now && next !== 'in_progress';
  return isHeld || (status === 'completed' && next !== 'completed');
}

const statuses = fc.constantFrom<TaskStatus[]>('pending', 'completed', 'cancelled', 'failed', 'in_progress');

const byHand = fc.tuple(taskId, statuses, fc.boolean()).map(
  ([id, status, force]): Action =>
    (model, now) => {
      const task = model.of(id);
      const text = `set ${id} ${status}${force ? ' by force' : ''}`;
      const decide = patchTask(id, { status }, {}, force);
      if (task.status === status) return { text, decide, expected: 'same' };
      if (!force && takes(task, status, now)) return { text, decide, expected: 'task_held' };
      Object.assign(task, { status, token: null });
      return { text, decide, expected: 'changed' };
    },
);

/**
 * Sends the whole plan again, with a status for some tasks: all that takes nothing away is done, or nothing
 * at all.
 */
const again = fc.tuple(fc.dictionary(taskId, statuses, { maxKeys: 2 }), fc.boolean()).map(
  ([wanted, force]): Action =>
    (model, now) => {
      const tasks = model.works.map(({ id }) => (wanted[id] ? { id, status: wanted[id] } : { id }));
      const text = `put ${JSON.stringify(wanted)}${force ? ' by force' : ''}`;
      const decide = putPlan({ tasks }, {}, force);
      const changes = model.works.filter(({ id, status }) => (wanted[id] ?? status) !== status);
      if (changes.length === 0) return { text, decide, expected: 'same' };
      if (!force && changes.some((task) => takes(task, wanted[task.id] ?? task.status, now)))
        return { text, decide, expected: 'task_held' };
      for (const task of changes) Object.assign(task, { status: wanted[task.id], token: null });
      return { text, decide, expected: 'replaced' };
    },
);

function outcome(world: World, decide: Decide): string {
  try {
    const [event] = world.run(decide);
    if (!event) return 'same';
    const word = event.type.slice(event.type.indexOf('.') + 1);
    return event.type === 'task.claimed' ? `claimed ${event.id}` : word;
  } catch (error) {
    if (error instanceof TaskspaceError) return error.code;
    throw error;
  }
}

describe('agents at work', () => {
  it('are answered what a naive model says', () => {
    const actions = fc.array(
      fc.record({
        pause: fc.constantFrom(0, 0, 0, 1000, 10_000, 60_000),
        action: fc.oneof(
          { weight: 4, arbitrary: claim },
          { weight: 5, arbitrary: step },
          { weight: 1, arbitrary: byHand },
          { weight: 1, arbitrary: again },
        ),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(actions, (run) => {
        const world = World.live();
        const model = new Model();
        const tasks = model.works.map(({ id, needs, agent, onFailure }) => {
          return { id, name: id, dependencies: needs, agent, onFailure };
        });
        world.run(putPlan({ tasks }, {}));
        for (const { pause, action } of run) {
          world.now += pause;
          // The world's clock moves by a second with every command.
          const { text, decide, expected } = action(model, world.now + 1000);
          expect([text, outcome(world, decide)]).toEqual([text, expected]);
          for (const { id, status, attempts } of model.works)
            expect(world.state.plan.tasks.get(id)).toMatchObject({ status, attempts });
        }
      }),
      { numRuns: 500 },
    );
  });
});
