/**
 * The host's clock, bounded by a monotonic one: nothing holds for longer than its own length after this
 * process first saw it, whatever the host's clock does. All journals of a process share one.
 *
 * Whether something has lapsed is each process's own view and is not stored. What follows from it is a
 * commit, and commits have one order: two processes that disagree still have one holder.
 */
import type { Clock, Granted } from '../domain/clock.js';
import type { Event, EventType } from '../domain/event.js';
import { KEY_TTL_MS, type State, type UsedKey } from '../domain/state.js';

/** Grants that are remembered: those of the last lease's length, some 200 bytes each. */
const SEEN_MAX = 50_000;
/** Taskspaces for which the times of published grants are remembered, and how many publications of each. */
const HEARD_MAX = 10_000;
const HEARD_EACH_MAX = 16;

interface Seen {
  /** By the monotonic clock. */
  readonly atMs: number;
  readonly endsAtMs: number;
}

export interface Clocks {
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly steady?: (() => number) | undefined;
}

export class LapseClock {
  private readonly seen = new Map<string, Seen>();
  /** By taskspace, in order. */
  private readonly heard = new Map<string, { readonly to: number; readonly atMs: number }[]>();
  readonly nowMs: () => number;
  readonly steadyMs: () => number;

  constructor({ now = Date.now, steady = () => performance.now() }: Clocks = {}) {
    this.nowMs = now;
    this.steadyMs = steady;
  }

  /** The present moment. */
  moment(): Clock {
    const nowMs = this.nowMs();
    const steadyMs = this.steadyMs();
    return {
      now: new Date(nowMs).toISOString(),
      leftMs: ({ expiresAt, token }) => {
        const endsAtMs = Date.parse(expiresAt);
        if (token === null) return endsAtMs - nowMs;
        return this.left(nameOf(expiresAt, token.hash), endsAtMs, token.leaseSeconds * 1000, nowMs, steadyMs);
      },
    };
  }

  /** Milliseconds until an idempotency key is forgotten. It is first seen when it is first asked for. */
  keyLeftMs(key: string, { time }: UsedKey): number {
    const endsAtMs = Date.parse(time) + KEY_TTL_MS;
    return this.left(nameOf(time, key), endsAtMs, KEY_TTL_MS, this.nowMs(), this.steadyMs());
  }

  /** Commits up to `to` were published: their grants were seen at this moment, even if read later. */
  hear(id: string, to: number, types: readonly EventType[]): void {
    if (types.length > 0 && !types.some(isGrant)) return;
    const before = this.heard.get(id) ?? [];
    // Fewer commits than were published before: the journal was replaced.
    const heard = to < (before.at(-1)?.to ?? 0) ? [] : before;
    if (heard.length === HEARD_EACH_MAX) heard.shift();
    heard.push({ to, atMs: this.steadyMs() });
    this.heard.delete(id);
    this.heard.set(id, heard);
    if (this.heard.size <= HEARD_MAX) return;
    for (const [oldest] of this.heard) {
      this.heard.delete(oldest);
      return;
    }
  }

  /** The grants of these events, folded already, are seen now or were seen when they were published. */
  seeEvents({ id, commit, plan, leases }: State, events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === 'task.claimed' || event.type === 'task.renewed') {
        const task = plan.tasks.get(event.id);
        if (task?.claim) this.see(id, commit, { expiresAt: task.claim.expiresAt, token: task.token });
      } else if (event.type === 'lease.granted' || event.type === 'lease.renewed') {
        const lease = leases.get(event.lease.name);
        if (lease) this.see(id, commit, lease);
      }
    }
  }

  /** The same for everything granted in a state that was just loaded. */
  seeState({ id, commit, plan, leases }: State): void {
    for (const { claim, token } of plan.tasks.values())
      if (claim) this.see(id, commit, { expiresAt: claim.expiresAt, token });
    for (const lease of leases.values()) this.see(id, commit, lease);
  }

  private see(id: string, commit: number, { expiresAt, token }: Granted): void {
    const endsAtMs = Date.parse(expiresAt);
    const nowMs = this.nowMs();
    if (token === null || endsAtMs <= nowMs) return;
    const heard = this.heard.get(id)?.find(({ to }) => to >= commit);
    this.seenAt(nameOf(expiresAt, token.hash), endsAtMs, nowMs, heard?.atMs ?? this.steadyMs());
  }

  private left(name: string, endsAtMs: number, lengthMs: number, nowMs: number, steadyMs: number): number {
    const byHost = endsAtMs - nowMs;
    if (byHost <= 0) return byHost;
    return Math.min(byHost, this.seenAt(name, endsAtMs, nowMs, steadyMs) + lengthMs - steadyMs);
  }

  private seenAt(name: string, endsAtMs: number, nowMs: number, steadyMs: number): number {
    const before = this.seen.get(name);
    if (before) return before.atMs;
    if (this.seen.size >= SEEN_MAX) this.forget(nowMs);
    this.seen.set(name, { atMs: steadyMs, endsAtMs });
    return steadyMs;
  }

  /** Forgets what has ended by the host's clock, then the oldest until a quarter of the room is free. */
  private forget(nowMs: number): void {
    for (const [name, { endsAtMs }] of this.seen) if (endsAtMs <= nowMs) this.seen.delete(name);
    for (const name of this.seen.keys()) {
      if (this.seen.size <= SEEN_MAX * 0.75) return;
      this.seen.delete(name);
    }
  }
}

function isGrant(type: EventType): boolean {
  return (
    type === 'task.claimed' || type === 'task.renewed' || type === 'lease.granted' || type === 'lease.renewed'
  );
}

/** A renewal has another end, so it is a grant with its own name. */
function nameOf(time: string, hash: string): string {
  return `${hash} ${time}`;
}
