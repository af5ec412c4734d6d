/** Random histories of one taskspace: commands as values, and the commits that they make. */
import fc from 'fast-check';
import { apply } from '../../src/domain/apply.js';
import type { ArtifactInput } from '../../src/domain/artifact.js';
import { deleteArtifact, patchArtifact, putArtifact } from '../../src/domain/artifact-command.js';
import {
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewClaim,
} from '../../src/domain/claim-command.js';
import { hostClock } from '../../src/domain/clock.js';
import {
  createTaskspace,
  type Decide,
  deleteTaskspace,
  patchTaskspace,
  putTaskspace,
} from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import type { Commit } from '../../src/domain/event.js';
import type { JsonObject } from '../../src/domain/json.js';
import { grantLease, releaseLease, renewLease } from '../../src/domain/lease-command.js';
import { postMessages } from '../../src/domain/message-command.js';
import { ON_FAILURE, TASK_STATUSES } from '../../src/domain/plan.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { emptyState, KEY_TTL_MS, type State } from '../../src/domain/state.js';

export interface Step {
  readonly name: string;
  readonly decide: Decide;
  /** Milliseconds that the clock jumps before it, also back. */
  readonly jump: number;
  readonly key: string | null;
}

const taskId = fc.constantFrom('t1', 't2', 't3', 'build', 'test');
const path = fc.constantFrom('a', 'a/b', 'b.txt', 'c/d/e', 'c/d', '__proto__', 'ü');
const data = fc.dictionary(
  fc.constantFrom('x', 'y', 'z'),
  fc.jsonValue({ maxDepth: 2 }),
) as fc.Arbitrary<JsonObject>;
const status = fc.constantFrom(...TASK_STATUSES);
const dependencies = fc.uniqueArray(taskId, { maxLength: 2 });
/** The same hash is always of the same size. */
const object = fc.constantFrom(
  { sha256: 's1', size: 0 },
  { sha256: 's2', size: 4 },
  { sha256: 's3', size: 9 },
);
const input: fc.Arbitrary<ArtifactInput> = fc
  .record({
    object,
    contentType: fc.constantFrom('text/plain', 'text/html'),
    metadata: data,
    message: fc.constant(''),
  })
  .map(({ object: bytes, ...described }) => ({ ...bytes, ...described }));
const task = fc.record(
  {
    id: taskId,
    name: fc.constantFrom('n', 'm'),
    status,
    dependencies,
    onFailure: fc.constantFrom(...ON_FAILURE),
    agent: fc.constantFrom(null, 'ann', 'bob'),
  },
  { requiredKeys: ['name'] },
);

/** Few, so that they meet again; by their hashes, which is all that the domain knows. */
const hash = fc.constantFrom('h1', 'h2', 'h3');
const leaseSeconds = fc.constantFrom(1, 60, 3600);
const token = fc.record({ nonce: fc.constant('n'), hash, leaseSeconds });
const holder = fc.record({ hash, keyed: fc.boolean() });
const asked = fc.option(leaseSeconds, { nil: undefined });
const claims = fc
  .record({
    agent: fc.constantFrom('ann', 'bob'),
    taskId: fc.option(taskId, { freq: 2 }),
    token,
    keyed: fc.boolean(),
  })
  .map((value) => ({ name: 'claim', decide: claimTask(value) }));
const steps = fc.oneof(
  fc.tuple(taskId, holder, asked).map(([id, by, seconds]) => ({
    name: 'renew',
    decide: renewClaim(id, { ...by, leaseSeconds: seconds }),
  })),
  fc.tuple(taskId, holder).map(([id, by]) => ({ name: 'release', decide: releaseTask(id, by) })),
  fc
    .tuple(taskId, holder)
    .map(([id, by]) => ({ name: 'complete', decide: completeTask(id, { ...by, result: 1 }) })),
  fc.tuple(taskId, holder).map(([id, by]) => ({
    name: 'fail',
    decide: failTask(id, { ...by, result: undefined, error: 'e' }),
  })),
);
const leaseName = fc.constantFrom('l1', 'l2');
const leases = fc.oneof(
  fc
    .tuple(leaseName, token)
    .map(([lease, mark]) => ({ name: 'grant', decide: grantLease(lease, 'ann', mark) })),
  fc
    .tuple(leaseName, hash, asked)
    .map(([lease, by, seconds]) => ({ name: 'renew lease', decide: renewLease(lease, by, seconds) })),
  fc
    .tuple(leaseName, hash)
    .map(([lease, by]) => ({ name: 'release lease', decide: releaseLease(lease, by) })),
);

const decisions: fc.Arbitrary<{ name: string; decide: Decide }> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ data }).map((value) => ({ name: 'create', decide: createTaskspace(value) })),
  },
  fc.record({ data }).map((value) => ({ name: 'put', decide: putTaskspace(value, {}) })),
  fc.record({ data: fc.option(data) }).map((value) => ({ name: 'patch', decide: patchTaskspace(value, {}) })),
  fc.constant({ name: 'delete', decide: deleteTaskspace({}) }),
  fc
    .record({ goal: fc.constantFrom('', 'g'), tasks: fc.array(task, { maxLength: 4 }) })
    .chain((value) => fc.boolean().map((force) => ({ name: 'put plan', decide: putPlan(value, {}, force) }))),
  { weight: 2, arbitrary: task.map((value) => ({ name: 'add task', decide: addTask(value) })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(taskId, fc.record({ status, dependencies, metadata: data }, { requiredKeys: [] }), fc.boolean())
      .map(([id, patch, force]) => ({ name: 'patch task', decide: patchTask(id, patch, {}, force) })),
  },
  fc.tuple(taskId, fc.boolean()).map(([id, force]) => ({
    name: 'remove task',
    decide: removeTask(id, {}, force),
  })),
  { weight: 4, arbitrary: claims },
  { weight: 3, arbitrary: steps },
  { weight: 3, arbitrary: leases },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.record(
          { content: fc.string(), conversation: fc.constantFrom('default', 'c', 'c_d') },
          { requiredKeys: ['content'] },
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((messages) => ({ name: 'post', decide: postMessages(messages) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, input)
      .map(([where, value]) => ({ name: 'put artifact', decide: putArtifact(where, value, {}) })),
  },
  fc.tuple(path, data).map(([where, metadata]) => ({
    name: 'patch artifact',
    decide: patchArtifact(where, { metadata }, 'text/plain', {}),
  })),
  path.map((where) => ({ name: 'delete artifact', decide: deleteArtifact(where, {}) })),
);

export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc
    .record({
      decision: decisions,
      jump: fc.constantFrom(0, 0, 1, 1000, -5000, KEY_TTL_MS / 2, KEY_TTL_MS + 1, -KEY_TTL_MS),
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { freq: 3 }),
    })
    .map(({ decision, jump, key }) => ({ ...decision, jump, key })),
  { maxLength: 40 },
);

/**
 * The commits that a history makes; refused commands and those that change nothing make none. `seen` watches.
 */
export function commitsOf(
  history: readonly Step[],
  seen: (state: State, commit: Commit) => void = () => {},
): Commit[] {
  const state = emptyState('ts');
  const commits: Commit[] = [];
  let clock = Date.parse('2026-01-01T00:00:00.000Z');
  for (const { decide, jump, key } of history) {
    clock += jump;
    const time = new Date(Math.max(clock, state.time === '' ? 0 : Date.parse(state.time) + 1)).toISOString();
    const events = decided(decide, state, time, new Date(clock).toISOString());
    if (events.length === 0) continue;
    const number = state.commit + 1;
    const id = number.toString(16).padStart(16, '0');
    const commit = {
      id,
      number,
      time,
      by: 'ann',
      ...(key ? { key: { key, body: 'b', at: new Date(clock).toISOString() } } : {}),
      events,
    };
    // What a fold sees has been JSON on the way.
    const folded = JSON.parse(JSON.stringify(commit)) as Commit;
    apply(state, folded);
    commits.push(folded);
    seen(state, folded);
  }
  return commits;
}

function decided(decide: Decide, state: State, time: string, now: string): ReturnType<Decide> {
  try {
    return decide(state, { time, clock: hostClock(now), by: 'ann', owner: 'ann' });
  } catch (error) {
    if (error instanceof TaskspaceError) return [];
    throw error;
  }
}
