/**
 * A service whose use cases all fail until a test gives its own: for what the real one cannot be made to do
 * on command (be slow, throw a defect, lose its cache). Everything else is tested against the real service
 * over a temp folder.
 */
import type { ReadAnswer } from '../../src/app/answer.js';
import type { UseCases } from '../../src/app/use-cases.js';

export type ServiceParts = {
  readonly [K in keyof UseCases]?: UseCases[K] extends (...args: never[]) => unknown
    ? UseCases[K]
    : Partial<UseCases[K]>;
};

export function fakeService(parts: ServiceParts): UseCases {
  return {
    taskspaces: withRest('taskspaces', parts.taskspaces),
    plan: withRest('plan', parts.plan),
    claims: withRest('claims', parts.claims),
    leases: withRest('leases', parts.leases),
    messages: withRest('messages', parts.messages),
    artifacts: withRest('artifacts', parts.artifacts),
    cache: withRest('cache', parts.cache),
    overview: withRest('overview', parts.overview),
    changes: parts.changes ?? (() => Promise.reject(new Error('the test provides no changes'))),
    events: withRest('events', parts.events),
    peek: parts.peek ?? peekOf(undefined),
    count: parts.count ?? (async () => 0),
    readiness: parts.readiness ?? (async () => ({ ready: true, reason: null, reasons: [] })),
  };
}

/** A hot path that always finds this. */
export function peekOf(found: ReadAnswer | undefined): UseCases['peek'] {
  return (_caller, _id, _what, answer) => void setImmediate(() => answer(found));
}

/** Any call that the test did not provide is a defect of the test, and says so. */
function withRest<T extends object>(room: string, part: Partial<T> | undefined): T {
  return new Proxy((part ?? {}) as T, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      if (own !== undefined) return own;
      return () => Promise.reject(new Error(`the test provides no ${room}.${String(name)}`));
    },
  });
}
