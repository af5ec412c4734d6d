/** API.md section 3: leases by name, mutual exclusion for anything that is not a task. */
import type { Answer } from './answer.js';
import { type CallOptions, callJson, type PostOptions, post } from './call.js';
import type { GrantedLease, Lease } from './shapes.js';
import { taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface AcquireInput {
  readonly holder: string;
  /** 1–3600; 60 when absent. */
  readonly leaseSeconds?: number | undefined;
}

export interface RenewInput {
  readonly token: string;
  /** The last requested duration when absent. */
  readonly leaseSeconds?: number | undefined;
}

export interface LeaseCalls {
  /** Throws `lease_held`, with `holder` and `expiresAt` in its problem; also for the same holder. */
  acquire(id: string, name: string, input: AcquireInput, options?: PostOptions): Promise<Answer<Lease>>;
  /** Keeps the fence. Throws `lease_lost`. */
  renew(id: string, name: string, input: RenewInput, options?: PostOptions): Promise<Answer<Lease>>;
  /** Throws `lease_lost`. */
  release(id: string, name: string, token: string, options?: PostOptions): Promise<Answer<undefined>>;
  /** Granted and not released; some may have lapsed. */
  list(id: string, options?: CallOptions): Promise<Answer<{ items: readonly GrantedLease[] }>>;
}

export function leaseCalls(send: Send): LeaseCalls {
  const path = (id: string, name: string, ...more: string[]) => taskspacePath(id, 'leases', name, ...more);
  return {
    acquire: async (id, name, input, options) => post(send, path(id, name), input, options),
    renew: async (id, name, input, options) => post(send, path(id, name, 'renew'), input, options),
    release: async (id, name, token, options) => post(send, path(id, name, 'release'), { token }, options),
    list: async (id, { signal } = {}) =>
      callJson(send, { method: 'GET', path: taskspacePath(id, 'leases'), signal }),
  };
}
