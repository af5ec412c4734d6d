/**
 * Use cases of agents that work on a plan: claim a task, and renew, release, complete or fail it.
 *
 * Tokens are made and hashed here; their effect is decided in the domain. A token is shown once, to the
 * claimer, and again when the claimer repeats the request with its key.
 */

import type { CompleteInput, FailInput, ReleaseInput, RenewInput } from '../../contract/claims.js';
import { toClaimedJson, toTaskJson } from '../../contract/views.js';
import {
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewClaim,
  TaskNotReady,
} from '../../domain/claim-command.js';
import { type Decide, type LiveState, requireLive } from '../../domain/command.js';
import { endedWhileWaiting } from '../../domain/errors.js';
import type { Commit, Event, TaskStep } from '../../domain/event.js';
import type { TaskValue } from '../../domain/plan.js';
import { requireTask } from '../../domain/plan-command.js';
import { firstReady, type Nothing, nextLapse, whyNothing, whyNotReady } from '../../domain/ready.js';
import type { State } from '../../domain/state.js';
import { etagOf } from '../../domain/version.js';
import { requireAccess } from '../access.js';
import type { WriteAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import type { RequestKey } from '../context.js';
import { hashKey, type Rendering, type UseCaseContext, write } from '../context.js';
import type { LeaseTokens } from './lease-tokens.js';

/** A client's request for work. */
export interface ClaimQuery {
  readonly agent: string;
  readonly leaseSeconds: number;
  /** Null: the first ready task in plan order. */
  readonly taskId: string | null;
  readonly waitSeconds: number;
  /** Ends the wait: the client has left, or the server drains. */
  readonly signal: AbortSignal;
  /** Whether the client has left: nothing is claimed for it then. */
  isGone(): boolean;
}

export type ClaimUseCases = ReturnType<typeof claimUseCases>;

/**
 * Answers of POSTs by agents; each may be repeated with its key. Errors: 409 `lease_lost`, 409
 * `task_not_ready`.
 */
export function claimUseCases(context: UseCaseContext, tokens: LeaseTokens) {
  /** A step with `token`; `show` renders the answer from the task after it. */
  const step = (
    { caller, id, taskId, key }: { caller: Caller; id: string; taskId: string; key: RequestKey | null },
    decide: Decide,
    show: (task: TaskValue, tag: string) => Rendering,
  ): Promise<WriteAnswer> => {
    requireAccess(caller, 'write', id);
    return write(context, {
      caller,
      id,
      agentIn: ({ plan }) => plan.tasks.get(taskId)?.claim?.agent ?? null,
      decide,
      show(state) {
        const task = requireTask(state, taskId);
        return show(task, task.tag);
      },
      key: { request: key, show: (commit) => show(taskOf(stepOf(commit)), commit.id.slice(0, 8)) },
    });
  };
  return {
    /** 200 `{task, lease}`; 204 when no task became ready in time. */
    async claim(caller: Caller, id: string, query: ClaimQuery, key: RequestKey | null): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const call = { caller, id, query, key };
      if (query.waitSeconds === 0) return attemptClaim(context, tokens, call, null);
      return claimWithin(context, call, (life) => attemptClaim(context, tokens, call, life));
    },

    async heartbeat(
      caller: Caller,
      id: string,
      taskId: string,
      { token, leaseSeconds }: RenewInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      const decide = renewClaim(taskId, { hash: tokens.hashOf(token), keyed: key !== null, leaseSeconds });
      return step({ caller, id, taskId, key }, decide, (task) => claimedAnswer(task, token));
    },

    async release(
      caller: Caller,
      id: string,
      taskId: string,
      { token }: ReleaseInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      const decide = releaseTask(taskId, { hash: tokens.hashOf(token), keyed: key !== null });
      return step({ caller, id, taskId, key }, decide, showStep);
    },

    async complete(
      caller: Caller,
      id: string,
      taskId: string,
      { token, result }: CompleteInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      const decide = completeTask(taskId, { hash: tokens.hashOf(token), keyed: key !== null, result });
      return step({ caller, id, taskId, key }, decide, showStep);
    },

    async fail(
      caller: Caller,
      id: string,
      taskId: string,
      { token, result, error }: FailInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      const decide = failTask(taskId, { hash: tokens.hashOf(token), keyed: key !== null, result, error });
      return step({ caller, id, taskId, key }, decide, showStep);
    },
  };
}

interface ClaimCall {
  readonly caller: Caller;
  readonly id: string;
  readonly query: ClaimQuery;
  readonly key: RequestKey | null;
}

/**
 * One attempt: 200 with the task and its token, 204 when none is ready. Nothing is claimed for a client that
 * has left, nor in another generation of the taskspace than the one that was waited on; null: any.
 */
function attemptClaim(
  context: UseCaseContext,
  tokens: LeaseTokens,
  { caller, id, query, key }: ClaimCall,
  life: string | null,
): Promise<WriteAnswer> {
  const { agent, taskId, leaseSeconds, isGone } = query;
  const { token, kept } = tokens.fresh(leaseSeconds);
  const decide = claimTask({ agent, taskId, token: kept, keyed: key !== null });
  let nothing: Nothing | null = null;
  return write(context, {
    caller,
    id,
    agentIn: () => agent,
    decide(state, at) {
      requireLife(state, life);
      if (isGone()) return [];
      const events = decide(state, at);
      // From the same state and moment as the decision that there is no task.
      nothing = events.length === 0 ? whyNothing(state, at.clock, agent) : null;
      return events;
    },
    show(state, commit) {
      if (commit === null) return { status: 204, body: undefined, etag: null, location: null, nothing };
      return claimedAnswer(requireTask(state, stepOf(commit).id), token);
    },
    key: {
      request: key,
      show(commit) {
        const claimed = stepOf(commit);
        if (claimed.type !== 'task.claimed') throw new Error('a claim makes a task.claimed');
        return claimedAnswer(taskOf(claimed), tokens.again(claimed.token));
      },
    },
  });
}

/**
 * Attempts until a task is claimed or the time is over. Between attempts only the state is read: a waiter
 * costs no write when others get the task. The lapse of a claim is not published, so each wait has a timer
 * for the next one.
 */
async function claimWithin(
  context: UseCaseContext,
  call: ClaimCall,
  attempt: (life: string | null) => Promise<WriteAnswer>,
): Promise<WriteAnswer> {
  const { id, query } = call;
  let life: string | null = null;
  const had = await context.notifier.until<WriteAnswer | null>(id, 'plan', query, async () => {
    const look = await lookAt(context, call, life);
    const { againInMs } = look;
    life = look.life;
    if (againInMs > 0) return { value: null, done: query.isGone(), againInMs };
    try {
      const answer = await attempt(life);
      return { value: answer, done: answer.status !== 204 || query.isGone() };
    } catch (error) {
      // Another claimer was faster; the publication of its claim ends the next wait.
      if (error instanceof TaskNotReady && !error.forGood) return { value: null, done: false };
      throw error;
    }
  });
  // The answer 204 rests on a write attempt, like every answer to a write.
  return had?.status === 200 ? had : attempt(life);
}

/**
 * Reads the taskspace, which must be in this generation (null: any). `againInMs` 0: an attempt is answered by
 * a task, by an earlier answer, or by a refusal that waiting cannot change. Otherwise the ms until a claim
 * lapses that blocks the attempt; infinite when none does.
 */
function lookAt(
  { l1, clock }: UseCaseContext,
  { caller, id, query, key }: ClaimCall,
  life: string | null,
): Promise<{ readonly life: string; readonly againInMs: number }> {
  const { agent, taskId } = query;
  const msUntilWorthIt = (state: LiveState): number => {
    if (key !== null && state.keys.has(hashKey(caller, key).key)) return 0;
    const now = clock.moment();
    if (taskId === null && firstReady(state, now, agent) !== null) return 0;
    if (taskId !== null && whyNotReady(state, requireTask(state, taskId), now, agent)?.forGood !== false)
      return 0;
    return Math.max(1, nextLapse(state, now, agent, taskId) ?? Number.POSITIVE_INFINITY);
  };
  return l1.use(id, ({ folder: { state } }) => {
    requireLive(state);
    requireLife(state, life);
    return { life: state.bornTag, againInMs: msUntilWorthIt(state) };
  });
}

/** Errors: 404, the taskspace was deleted, and perhaps created again, while the caller waited. */
function requireLife({ id, bornTag }: State, life: string | null): void {
  if (life !== null && bornTag !== life) throw endedWhileWaiting(id);
}

type Step = Extract<Event, TaskStep>;

function stepOf({ events }: Commit): Step {
  const [event] = events;
  if (event === undefined || !('set' in event) || !('id' in event) || event.type === 'task.changed')
    throw new Error('a step of an agent makes one event of its task');
  return event;
}

/** The task as a keyed step left it. */
function taskOf({ set, rest }: TaskStep): TaskValue {
  if (rest === undefined) throw new Error('a step with a key keeps the whole task');
  return { ...rest, ...set } as TaskValue;
}

function claimedAnswer(task: TaskValue, token: string): Rendering {
  return { status: 200, body: toClaimedJson(task, token), etag: null, location: null };
}

function showStep(task: TaskValue, tag: string): Rendering {
  const etag = etagOf({ revision: task.revision, tag });
  return { status: 200, body: toTaskJson(task), etag, location: null };
}
