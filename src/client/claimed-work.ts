/**
 * The work on one claimed task, from the claim to its end: completed with what the handler gives back, failed with what
 * it throws, released when whoever runs it has to leave. A claim that was lost is never finished: somebody else may
 * have it by now, and the server would refuse.
 */
import { ApiError } from './api-error.js';
import { isNotFound } from './is-not-found.js';
import { LeaseRenewer } from './lease-renewer.js';
import { linkedSignal } from './linked-signal.js';
import { onAbort } from './on-abort.js';
import type { TaskCalls } from './plans.js';
import { type PersistentOptions, RetryPolicy } from './retry-policy.js';
import type { Claimed, Task } from './shapes.js';

/** How long a finished task is offered to a server that does not answer. */
const FINISH_MS_MAX = 10 * 60_000;
const ERROR_LENGTH_MAX = 10_000;

export interface Work {
  /** Fires when the claim is lost or the loop is aborted: stop then, nothing will come of it. */
  readonly signal: AbortSignal;
  /** Of the claim: what guards against a holder that came too late can be told by it. */
  readonly token: string;
  /** Renews the claim now, beside the regular times: before a step that blocks the event loop. */
  heartbeat(): Promise<void>;
}

/** Gives back the task's result: anything that JSON can hold, or nothing. What it throws becomes the task's error. */
export type TaskHandler = (task: Task, work: Work) => unknown;

export type Outcome = 'completed' | 'failed' | 'released' | 'lost';

export interface WorkOptions extends PersistentOptions {
  readonly onError?: ((error: unknown, task: Task) => void) | undefined;
  readonly leaseSeconds: number;
  /** How long the handler may still run after the signal fired, before the task is released all the same. */
  readonly graceSeconds: number;
}

export interface GrantedClaim extends Claimed {
  /** By performance.now(): when it was granted, at the earliest that is known. */
  readonly since: number;
  /** Whether the answer was an old one, so that the lease may have lapsed by now. */
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
      // A result that is too large, say, will not become smaller: the task would be claimed for ever.
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

  /** Does not listen to the signal while a call is under way: what was done is worth an answer. */
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
    // It holds itself, or a bigint.
    return String(error);
  }
}
