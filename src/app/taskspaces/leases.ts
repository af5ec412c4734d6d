/** Use cases on leases by name. Tokens are made and hashed here, as for claims. */

import type { ReleaseInput, RenewInput } from '../../contract/claims.js';
import { toGrantedLeaseJson, toLeaseJson } from '../../contract/views.js';
import type { Commit } from '../../domain/event.js';
import type { LeaseValue } from '../../domain/lease.js';
import { grantLease, releaseLease, renewLease } from '../../domain/lease-command.js';
import type { State } from '../../domain/state.js';
import { requireAccess } from '../access.js';
import type { ReadAnswer, WriteAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import { type Rendering, type RequestKey, read, type UseCaseContext, write } from '../context.js';
import type { LeaseTokens } from '../plan/lease-tokens.js';

export type LeaseUseCases = ReturnType<typeof leaseUseCases>;

/** Errors: 409 `lease_held`, 409 `lease_lost`. */
export function leaseUseCases(context: UseCaseContext, tokens: LeaseTokens) {
  return {
    async grant(
      caller: Caller,
      id: string,
      name: string,
      { holder, leaseSeconds }: { holder: string; leaseSeconds: number },
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const { token, kept } = tokens.fresh(leaseSeconds);
      return write(context, {
        caller,
        id,
        agentIn: () => holder,
        decide: grantLease(name, holder, kept),
        show: (_state, commit) => grantedAnswer(leaseOf(commit, 'lease.granted').lease, token),
        key: {
          request: key,
          show(commit) {
            const granted = leaseOf(commit, 'lease.granted');
            return grantedAnswer(granted.lease, tokens.again(granted.token));
          },
        },
      });
    },

    async renew(
      caller: Caller,
      id: string,
      name: string,
      { token, leaseSeconds }: RenewInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (commit: Commit | null): Rendering =>
        grantedAnswer(leaseOf(commit, 'lease.renewed').lease, token);
      return write(context, {
        caller,
        id,
        agentIn: holderOf(name),
        decide: renewLease(name, tokens.hashOf(token), leaseSeconds),
        show: (_state, commit) => show(commit),
        key: { request: key, show },
      });
    },

    async release(
      caller: Caller,
      id: string,
      name: string,
      { token }: ReleaseInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (): Rendering => ({ status: 204, body: undefined, etag: null, location: null });
      const decide = releaseLease(name, tokens.hashOf(token));
      return write(context, {
        caller,
        id,
        agentIn: holderOf(name),
        decide,
        show,
        key: { request: key, show },
      });
    },

    /** Granted and not released, lapsed ones too, by name. */
    async list(caller: Caller, id: string): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const items = [...state.leases.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
        return { value: { items: items.map(toLeaseJson) } };
      });
    },
  };
}

function holderOf(name: string): (state: State) => string | null {
  return ({ leases }) => leases.get(name)?.holder ?? null;
}

function leaseOf<T extends 'lease.granted' | 'lease.renewed'>(
  commit: Commit | null,
  type: T,
): Extract<Commit['events'][number], { type: T }> {
  const event = commit?.events[0];
  if (event?.type !== type) throw new Error(`this call makes a ${type}`);
  return event as Extract<Commit['events'][number], { type: T }>;
}

function grantedAnswer(lease: LeaseValue, token: string): Rendering {
  return { status: 200, body: toGrantedLeaseJson(lease, token), etag: null, location: null };
}
