/**
 * All use cases of one process: what doors call. Each takes its Caller first, and throws only TaskspaceError
 * for what a caller may know. Inputs arrive checked in shape and bounds (src/contract); rules about state are
 * kept here and in the domain. Every write is durable when its promise resolves.
 */

import type { CacheUseCases } from './admin/cache.js';
import type { Readiness } from './admin/readiness.js';
import type { ReadAnswer } from './answer.js';
import type { ArtifactUseCases } from './artifacts/artifacts.js';
import type { Caller } from './caller.js';
import type { ChangesQuery } from './changes/changes.js';
import type { EventUseCases } from './changes/events.js';
import type { MessageUseCases } from './messages/messages.js';
import type { OverviewUseCases } from './overview/overview.js';
import type { ClaimUseCases } from './plan/claims.js';
import type { PlanUseCases } from './plan/plan.js';
import type { LeaseUseCases } from './taskspaces/leases.js';
import type { TaskspaceUseCases } from './taskspaces/taskspaces.js';

export interface UseCases {
  readonly taskspaces: TaskspaceUseCases;
  readonly plan: PlanUseCases;
  readonly claims: ClaimUseCases;
  readonly leases: LeaseUseCases;
  readonly messages: MessageUseCases;
  readonly artifacts: ArtifactUseCases;
  readonly cache: CacheUseCases;
  readonly overview: OverviewUseCases;
  /** `GET /api/changes`. Errors: 410 `position_gone`, 400 `invalid_query`. */
  changes(caller: Caller, query: ChangesQuery): Promise<ReadAnswer>;
  readonly events: EventUseCases;
  /**
   * The hot path: `GET …/:id` (`detail`) and `…/plan` (`plan`). Calls `answer` once, at the end of this turn:
   * with the body when L1 holds a current one, else with undefined. Checks the caller and the store like the
   * slow path.
   */
  peek(
    caller: Caller,
    id: string,
    what: 'detail' | 'plan',
    answer: (found: ReadAnswer | undefined) => void,
  ): void;
  /** How many taskspace folders the store holds. */
  count(): Promise<number>;
  readiness(): Promise<Readiness>;
}
