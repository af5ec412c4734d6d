/** API.md section 3: leases by name, mutual exclusion for anything that is not a task. */
import type { GrantedLease, Lease, LeaseInput, RenewInput } from '../contract/claims.js';
import type { Answer } from './answer.js';
import { type CallOptions, callJson, type PostOptions, post } from './call.js';
import { taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface LeaseCalls {
  /** Throws `lease_held`, with `holder` and `expiresAt` in its problem; also for the same holder. */
  acquire(id: string, name: string, input: LeaseInput, options?: PostOptions): Promise<Answer<GrantedLease>>;
  /** Keeps the fence. Throws `lease_lost`. */
  renew(id: string, name: string, input: RenewInput, options?: PostOptions): Promise<Answer<GrantedLease>>;
  /** Throws `lease_lost`. */
  release(id: string, name: string, token: string, options?: PostOptions): Promise<Answer<undefined>>;
  /** Granted and not released; some may have lapsed. */
  list(id: string, options?: CallOptions): Promise<Answer<{ items: readonly Lease[] }>>;
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
