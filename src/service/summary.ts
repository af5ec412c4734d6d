/**
 * A taskspace's summary (API.md section 9, Summary). Changes with every commit; does not depend on the clock.
 */
import { progressOf } from '../domain/plan.js';
import type { State } from '../domain/state.js';

export interface RefusedFile {
  readonly path: string;
  readonly reason: string;
  readonly at: string;
}

/** @param refused which of its files are not served, and why: at most 20. */
export function toSummaryJson(state: State, refused: readonly RefusedFile[] = []): object {
  const { id, commit, time, messages, conversations, artifactTotals, plan, leases } = state;
  let claims = 0;
  for (const task of plan.tasks.values()) if (task.claim !== null) claims++;
  return {
    id,
    commit,
    messages: {
      count: messages.count,
      bytes: messages.bytes,
      lastSeq: messages.lastSeq,
      conversations: conversations.size,
    },
    artifacts: { ...artifactTotals },
    tasks: progressOf(plan.tasks),
    claims,
    leases: leases.size,
    lastActivityAt: time,
    refused,
  };
}
