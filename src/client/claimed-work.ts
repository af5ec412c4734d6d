/**
 * The work on one claimed task, from the claim to its end: completed with what the handler returns, failed
 * with what it throws, released when the loop is aborted. A lost claim is never finished: another agent may
 * have the task, and the server would refuse.
 */
import type { Claimed } from '../contract/claims.js';
import type { Task } from '../contract/plan.js';
import { ApiError } from './api-error.js';
import { isNotFound } from './is-not-found.js';
import { LeaseRenewer } from './lease-renewer.js';
import { linkedSignal } from './linked-signal.js';
import { onAbort } from './on-abort.js';
import { type PersistentOptions, RetryPolicy } from './retry-policy.js';
import type { TaskCalls } from './task-calls.js';

/** How long finishing a task is retried while the server does not answer. */
const FINISH_MS_MAX = 10 * 60_000;
const ERROR_LENGTH_MAX = 10_000;

export interface Work {
  /**
   * Fires when the claim is lost or the loop is aborted: the handler should stop, since its
   * result is dropped.
   */
  readonly signal: AbortSignal;
  /** Of the claim: another system can use it to refuse a holder whose claim has lapsed. */
  readonly token: string;
  /** Renews the claim now, beside the regular times: before a step that blocks the event loop. */
  heartbeat(): Promise<void>;
}

/**
 * Returns the task's result: anything that JSON can hold, or nothing. What it throws
 * becomes the task's error.
 */
export type TaskHandler = (task: Task, work: Work) => unknown;

export type Outcome = 'completed' | 'failed' | 'released' | 'lost';

export interface WorkOptions extends PersistentOptions {
  readonly onError?: ((error: unknown, task: Task) => void) | undefined;
  readonly leaseSeconds: number;
  /** Seconds that the handler may still run after the signal fired, before the task is released. */
  readonly graceSeconds: number;
}

export interface GrantedClaim extends Claimed {
  /** By performance.now(): the earliest possible time of the grant. */
  readonly since: number;
  /** Whether the answer was a stored one, so that the lease may have lapsed. */
  readonly maybeExpired: boolean;
}

type Settled = { readonly value: unknown } | { readonly error: unknown };

/** Throws what the server refuses for another reason than a lost claim. */
export async function workOn(
  tasks: TaskCalls,
  id: string,
  claim: GrantedClaim,
  options: WorkOptions,
  handler: TaskHandler,
): Promise<Outcome> {
  const { task, lease } = claim;
  const { token } = lease;
  const { signal, onTrouble, onError, leaseSeconds } = options;
  const renewer = new LeaseRenewer(
    {
      what: `task "${task.id}"`,
      leaseMs: leaseSeconds * 1000,
      renew: (until, timeoutMs) =>
        tasks.heartbeat(id, task.id, { token, leaseSeconds }, { signal: until, timeoutMs }),
      onTrouble,
    },
    claim.since,
  );
  try {
    if (claim.maybeExpired) await renewer.sendRenewal().catch(() => undefined);
    const settled = await handle();
    renewer.end();
    if (renewer.lost.aborted) {
      onError?.(renewer.lost.reason, task);
      return 'lost';
    }
    if (settled === null || signal?.aborted)
      return await finish('released', () => tasks.release(id, task.id, token));
    if ('error' in settled) {
      onError?.(settled.error, task);
      return await fail(messageOf(settled.error));
    }
    return await complete(settled.value);
  } finally {
    renewer.end();
  }

  /** Null when it has not begun, or has not ended in time after the signal. */
  async function handle(): Promise<Settled | null> {
    if (renewer.lost.aborted || signal?.aborted) return null;
    const link = linkedSignal(renewer.lost);
    const grace = graceAfter(signal, options.graceSeconds * 1000, link.abort);
    const work = { signal: link.signal, token, heartbeat: () => renewer.sendRenewal() };
    try {
      return await Promise.race([settle(() => handler(task, work)), grace.over]);
    } finally {
      grace.end();
      link.end();
    }
  }

  async function complete(result: unknown): Promise<Outcome> {
    try {
      return await finish('completed', () => tasks.complete(id, task.id, { token, result }));
    } catch (error) {
      // A result that is too large, say, is refused every time: the task would be claimed for ever.
      if (error instanceof ApiError && (error.status === 422 || error.status === 413)) {
        onError?.(error, task);
        return fail(`The result was refused: ${error.detail}`);
      }
      throw error;
    }
  }

  function fail(error: string): Promise<Outcome> {
    return finish('failed', () => tasks.fail(id, task.id, { token, error }));
  }

  /** Ignores the signal while a call is under way: finished work is worth an answer. */
  async function finish(outcome: Outcome, call: () => Promise<unknown>): Promise<Outcome> {
    const policy = new RetryPolicy({ signal, onTrouble });
    const until = performance.now() + FINISH_MS_MAX;
    for (;;) {
      try {
        await call();
        return outcome;
      } catch (error) {
        if (isNotFound(error) || (error instanceof ApiError && error.code === 'lease_lost')) {
          onError?.(error, task);
          return 'lost';
        }
        if (performance.now() > until) throw error;
        await policy.afterFailure(error);
        if (signal?.aborted) return 'lost';
      }
    }
  }
}

/** Never rejects. A result that is no JSON is the handler's error. */
async function settle(run: () => unknown): Promise<Settled> {
  try {
    const value = await run();
    JSON.stringify(value);
    return { value };
  } catch (error) {
    return { error };
  }
}

/** `over` resolves to null `graceMs` after the signal fired; `tell` is called as soon as it fires. */
function graceAfter(signal: AbortSignal | undefined, graceMs: number, tell: (reason: unknown) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let letGo = (): void => undefined;
  const over = new Promise<null>((resolve) => {
    letGo = onAbort(signal, () => {
      tell(signal?.reason);
      timer = setTimeout(resolve, graceMs, null);
    });
  });
  return {
    over,
    end(): void {
      clearTimeout(timer);
      letGo();
    },
  };
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : textOf(error);
  return message.slice(0, ERROR_LENGTH_MAX);
}

function textOf(error: unknown): string {
  try {
    return typeof error === 'object' ? JSON.stringify(error) : String(error);
  } catch {
    // The value is circular, or a bigint.
    return String(error);
  }
}
