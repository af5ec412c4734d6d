import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Context, Decide, LiveState } from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { keptPieces } from '../../src/domain/json-text.js';
import { ON_FAILURE, type PlanTaskInput, TASK_STATUSES } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { PlanDraft } from '../../src/domain/plan-draft.js';
import { oneLine } from '../../src/platform/one-line.js';
import { World } from './world.js';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const task: fc.Arbitrary<PlanTaskInput> = fc.record(
  {
    id,
    name: fc.constantFrom('n', 'm', 'two\u2028lines'),
    goal: fc.option(fc.constantFrom('g', 'ö"')),
    agent: fc.option(fc.constantFrom('ann', 'bob')),
    dependencies: fc.option(fc.array(id, { maxLength: 2 })),
    status: fc.option(fc.constantFrom(...TASK_STATUSES)),
    onFailure: fc.option(fc.constantFrom(...ON_FAILURE)),
    result: fc.option(fc.constantFrom(1, 'r', [1, { a: null }])),
    error: fc.option(fc.constantFrom('e')),
    metadata: fc.option(fc.constantFrom({}, { a: 1 }, { a: '\u0085' })),
  },
  { requiredKeys: [] },
);
const tasks = fc.uniqueArray(task, { maxLength: 4, selector: (one) => one.id ?? Symbol() });
const step = fc.oneof(
  fc.record({ kind: fc.constant('patch' as const), id, set: task.map(({ id: _id, ...set }) => set) }),
  fc.record({ kind: fc.constant('add' as const), id: fc.option(id, { nil: undefined }) }),
  fc.record({ kind: fc.constant('remove' as const), id }),
);

/** What becomes of the command on the state as it is; nothing is folded. */
function outcomeOf(world: World, decide: Decide): unknown {
  const { state, time, clock, by } = world;
  const context: Context = { time, clock, by, owner: by };
  try {
    return decide(state, context);
  } catch (error) {
    if (!(error instanceof TaskspaceError)) throw error;
    return { code: error.code, message: error.message, extras: error.extras };
  }
}

function runIfItMay(world: World, decide: Decide): void {
  try {
    world.run(decide);
  } catch (error) {
    if (!(error instanceof TaskspaceError)) throw error;
  }
}

describe('a plan that was worked out before', () => {
  it('is decided as if it had not been, whatever happened in between, and its text is its JSON', () => {
    fc.assert(
      fc.property(
        tasks,
        tasks,
        fc.array(step, { maxLength: 3 }),
        fc.nat(8),
        (first, second, steps, after) => {
          const world = World.live();
          runIfItMay(world, putPlan({ tasks: first }, {}));
          const input = { goal: 'the goal\u2029', tasks: second };
          const draft = new PlanDraft(input);
          const preparing = draft.prepare(world.state as LiveState, oneLine);
          for (let n = 0; n < after; n++) preparing.next();
          for (const { kind, ...one } of steps) {
            if (kind === 'patch' && 'set' in one) runIfItMay(world, patchTask(one.id, one.set as object, {}));
            else if (kind === 'remove') runIfItMay(world, removeTask(one.id ?? '', {}));
            else runIfItMay(world, addTask({ ...(one.id === undefined ? {} : { id: one.id }), name: 'new' }));
          }
          for (const _ of preparing);
          world.by = 'later\u2028';
          const found = outcomeOf(world, putPlan(input, {}, false, draft));
          expect(found).toEqual(outcomeOf(world, putPlan(input, {})));
          const [event] = Array.isArray(found) ? found : [];
          if (event === undefined) return;
          const text = Buffer.concat([...(keptPieces(event) ?? [])]).toString();
          expect(text).toBe(oneLine(JSON.stringify(event)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('costs the turn of its decision no JSON', () => {
    const world = World.live();
    const many = Array.from({ length: 500 }, (_, n) => ({ id: `t${n}`, name: 'n', metadata: { n } }));
    world.run(putPlan({ tasks: many }, {}));
    const input = { tasks: many.map((one) => ({ ...one, goal: 'other' })) };
    const draft = new PlanDraft(input);
    for (const _ of draft.prepare(world.state as LiveState, oneLine));
    world.run(patchTask('t7', { goal: 'meanwhile' }, {}));
    const stringify = vi.spyOn(JSON, 'stringify');
    const [event] = world.run(putPlan(input, {}, false, draft));
    // The event's other members, and the one task that has moved.
    expect(stringify.mock.calls.length).toBe(2);
    stringify.mockRestore();
    const text = Buffer.concat([...(keptPieces(event ?? {}) ?? [])]).toString();
    expect(text).toBe(JSON.stringify(event));
  });
});
