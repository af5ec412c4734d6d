/**
 * The loop of an agent: claims a task when fewer than `concurrency` are in progress, works on it, claims the
 * next. One claim waits at a time. A claim without an answer is repeated under its idempotency key until
 * there is one, however long the failure lasts: a task that was granted in between is found again, not left
 * until its lease ends.
 */
import type { Progress, Task } from '../contract/plan.js';
import { ApiError } from './api-error.js';
import { newKey } from './call.js';
import {
  type GrantedClaim,
  type Outcome,
  type TaskHandler,
  type WorkOptions,
  workOn,
} from './claimed-work.js';
import { linkedSignal } from './linked-signal.js';
import { type PersistentOptions, RetryPolicy } from './retry-policy.js';
import type { ClaimCall, TaskCalls } from './task-calls.js';

const LEASE_SECONDS = 60;
const GRACE_SECONDS = 5;
/** Shorter than the silence that proxies allow a connection. */
const WAIT_SECONDS = 25;
/** When the end of the plan is waited for as well, which wakes no claim. */
const WAIT_SECONDS_UNTIL_DONE = 2;

/** `onTrouble` absent: failures that are waited out are written to the console, one line each. */
export interface ClaimLoopOptions extends PersistentOptions {
  readonly agent: string;
  /** 1–3600; 60 when absent. Renewed at a third of it while the handler works. */
  readonly leaseSeconds?: number | undefined;
  /** Tasks at a time; 1 when absent. */
  readonly concurrency?: number | undefined;
  /** Ends when nothing in the plan can become ready any more: all tasks are finished, blocked or halted. */
  readonly untilDone?: boolean | undefined;
  /**
   * Called with what a handler has thrown, which becomes its task's error, and with the reason why a claim
   * was lost. Absent: written to the console.
   */
  readonly onError?: ((error: unknown, task: Task) => void) | undefined;
  /** Seconds that handlers may still run after the signal fired, before their tasks are released (5). */
  readonly graceSeconds?: number | undefined;
}

/** Number of tasks by outcome. `lost`: the claim is lost, or the server could not be reached. */
export type ClaimCount = Record<Outcome, number>;

export interface LoopCalls {
  readonly claim: ClaimCall;
  readonly tasks: TaskCalls;
  progress(signal: AbortSignal): Promise<Progress>;
}

/**
 * Resolves when the signal fired and all claimed tasks are released, or when the plan is done. Rejects with
 * an ApiError for a permanent failure, such as `not_found`; claimed tasks are released then, too.
 */
export async function claimLoop(
  calls: LoopCalls,
  id: string,
  given: ClaimLoopOptions,
  handler: TaskHandler,
): Promise<ClaimCount> {
  const standard = reporting(id, given.agent);
  const { onTrouble = standard.onTrouble, onError = standard.onError } = given;
  const options = { ...given, onTrouble, onError };
  const { concurrency = 1 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`concurrency is a whole number from 1, not ${concurrency}`);
  const count: ClaimCount = { completed: 0, failed: 0, released: 0, lost: 0 };
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const link = linkedSignal(options.signal);
  const failed = (error: unknown): void => {
    failures.push(error);
    link.abort(error);
  };
  const workOptions: WorkOptions = {
    signal: link.signal,
    onTrouble,
    onError,
    leaseSeconds: options.leaseSeconds ?? LEASE_SECONDS,
    graceSeconds: options.graceSeconds ?? GRACE_SECONDS,
  };
  try {
    for await (const claim of claims(calls, id, options, link.signal)) {
      const job = workOn(calls.tasks, id, claim, workOptions, handler)
        .then((outcome) => {
          count[outcome]++;
        }, failed)
        .finally(() => running.delete(job));
      running.add(job);
      while (running.size >= concurrency) await Promise.race(running);
    }
  } catch (error) {
    failed(error);
  }
  await Promise.all(running);
  link.end();
  if (failures.length > 0) throw failures[0];
  return count;
}

/** Granted claims, one for each request of the consumer. Ends when the signal fires, or the plan is done. */
async function* claims(
  { claim, progress }: LoopCalls,
  id: string,
  { agent, leaseSeconds = LEASE_SECONDS, untilDone = false, onTrouble }: ClaimLoopOptions,
  signal: AbortSignal,
): AsyncGenerator<GrantedClaim, void, undefined> {
  const policy = new RetryPolicy({ signal, onTrouble });
  let idempotencyKey = newKey();
  let wait = untilDone ? 0 : WAIT_SECONDS;
  while (!signal.aborted) {
    try {
      const sentAt = performance.now();
      const input = { agent, leaseSeconds, wait };
      const answer = await claim(id, input, { idempotencyKey, signal });
      policy.succeeded();
      idempotencyKey = newKey();
      const now = performance.now();
      if (answer.value) {
        yield { ...answer.value, since: now, maybeExpired: answer.replayed || answer.attempts > 1 };
      } else if (untilDone && isDone(await progress(signal))) {
        return;
      } else {
        await policy.afterNothing(now - sentAt, wait);
        wait = untilDone ? WAIT_SECONDS_UNTIL_DONE : WAIT_SECONDS;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isLost(error)) idempotencyKey = newKey();
      else await policy.afterFailure(error);
    }
  }
}

/** An error without a listener is not swallowed. */
function reporting(id: string, agent: string): Pick<Required<ClaimLoopOptions>, 'onTrouble' | 'onError'> {
  const who = `taskspace: ${agent} on ${id}`;
  return {
    onTrouble: (error) => console.warn(`${who}: ${error.message} It goes on when that has passed.`),
    onError: (error, task) =>
      console.error(`${who}, task "${task.id}":`, error instanceof ApiError ? error.message : error),
  };
}

/** The claim was granted, but its token can't be shown again: the task is ready again when the lease ends. */
function isLost(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'lease_lost';
}

/** Tasks in progress may still be released, lapse, or make others ready. */
function isDone({ halted, ready, inProgress }: Progress): boolean {
  return halted || (ready === 0 && inProgress === 0);
}
