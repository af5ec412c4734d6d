/**
 * Waiting for changes of a taskspace: claims, message readers and event streams rest on it. Without
 * subscriptions on a taskspace a change costs one map lookup; a waiter costs a timer and nothing else.
 *
 * A subscription counts changes from the moment it is made, so none is missed between a read and the wait:
 * subscribe, read, wait, read again. `until` is that loop (claims); a reader for many callers holds a
 * subscription and calls `next` after each read (message-hub.ts). A wake-up is only a hint: the read decides.
 */
import type { EventType } from '../../domain/event.js';
import type { Change, Feed } from '../../store/ports.js';

/** Changes that wake: of messages, of plan and tasks, or all. The deletion of the taskspace always does. */
export type Topic = 'messages' | 'plan' | 'anything';

/** How long a call may wait, and what ends the wait early. */
export interface WaitOptions {
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

export interface PollResult<T> {
  readonly value: T;
  /** There is nothing left to wait for. */
  readonly done: boolean;
  /** Read again after so many ms, also without a change: something lapses then. */
  readonly againInMs?: number;
}

export interface ChangeNotifierDeps {
  readonly feed: Pick<Feed, 'subscribe'>;
  /** Keeps polling the feed until the returned function is called. */
  keepPolling(): () => void;
}

export class ChangeNotifier {
  private readonly groups = new Map<string, Group[]>();
  private readonly unlisten: () => void;
  private readonly due = new Set<Group>();
  private stopPolling: (() => void) | null = null;
  private waking: NodeJS.Immediate | null = null;
  private readonly fairness = new FairWaking();
  private closed = false;

  constructor(private readonly deps: ChangeNotifierDeps) {
    this.unlisten = deps.feed.subscribe({
      onChange: (change) => this.notify(change),
      onUnreadable: () => this.wakeEverybody(),
    });
  }

  /**
   * Calls `look`, and again after each change of taskspace `id`, until `done`, until the time is over
   * or until the signal fires. The last call comes after that, and its value is the answer. Errors
   * are those of `look`.
   */
  async until<T>(
    id: string,
    topic: Topic,
    { waitSeconds, signal }: WaitOptions,
    look: () => Promise<PollResult<T>>,
  ): Promise<T> {
    const deadline = performance.now() + waitSeconds * 1000;
    const subscription = this.subscribe(id, topic);
    let waited = false;
    try {
      for (let last = waitSeconds <= 0; ; ) {
        const { value, done, againInMs = Number.POSITIVE_INFINITY } = await look();
        if (done || last) return value;
        const leftMs = Math.max(0, deadline - performance.now());
        await subscription.next(Math.min(leftMs, againInMs), signal);
        last = signal.aborted || this.closed || performance.now() >= deadline;
        if (last) await this.yieldFairly();
        waited = !last;
      }
    } finally {
      subscription.close();
      // The change that woke this caller has woken others, which all answer now.
      if (waited) await this.yieldFairly();
    }
  }

  /** A subscription that counts changes from now. The caller must close it. */
  subscribe(id: string, topic: Topic): Subscription {
    const ofTaskspace = this.groups.get(id) ?? [];
    let group = ofTaskspace.find((candidate) => candidate.concern === topic);
    if (!group) {
      group = new Group(id, topic);
      group.ended = this.closed;
      ofTaskspace.push(group);
      this.groups.set(id, ofTaskspace);
    }
    group.handles++;
    if (!this.closed) this.stopPolling ??= this.deps.keepPolling();
    return new Subscription(group, (left) => this.leave(left));
  }

  /** Lets waiters that were woken at the same moment continue a few at a time. */
  yieldFairly(): Promise<void> {
    return this.fairness.take();
  }

  /** Ends every wait; later ones end at once. */
  close(): void {
    this.closed = true;
    this.unlisten();
    if (this.waking) clearImmediate(this.waking);
    this.stopPolling?.();
    this.stopPolling = null;
    for (const group of [...this.groups.values()].flat()) group.end();
  }

  private notify({ id, types }: Change): void {
    for (const group of this.groups.get(id) ?? []) if (touches(types, group.concern)) this.wakeSoon(group);
  }

  private wakeEverybody(): void {
    for (const ofTaskspace of this.groups.values()) for (const group of ofTaskspace) this.wakeSoon(group);
  }

  /** Once for all changes of this turn, and after the writer that published them has continued. */
  private wakeSoon(group: Group): void {
    group.told++;
    this.due.add(group);
    this.waking ??= setImmediate(() => {
      this.waking = null;
      const due = [...this.due];
      this.due.clear();
      for (const each of due) each.wake();
    });
  }

  private leave(group: Group): void {
    if (--group.handles > 0) return;
    const rest = (this.groups.get(group.id) ?? []).filter((other) => other !== group);
    if (rest.length > 0) this.groups.set(group.id, rest);
    else this.groups.delete(group.id);
    if (this.groups.size > 0) return;
    this.stopPolling?.();
    this.stopPolling = null;
  }
}

/** One caller's place among the changes of a taskspace. */
export class Subscription {
  private seen: number;
  private closed = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly group: Group,
    private readonly leave: (group: Group) => void,
  ) {
    this.seen = group.told;
  }

  /**
   * Resolves true when a change was published since this subscription was made or `next` last resolved;
   * false when the time (ms) is over, the signal fires, the subscription is closed or the process ends.
   * One call at a time.
   */
  async next(timeoutMs = Number.POSITIVE_INFINITY, signal: AbortSignal | null = null): Promise<boolean> {
    const { group } = this;
    if (group.told === this.seen && !group.ended && !this.closed && !signal?.aborted && timeoutMs > 0)
      await this.woken(timeoutMs, signal);
    const change = group.told > this.seen;
    this.seen = group.told;
    return change && !this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leave(this.group);
    this.wake?.();
  }

  private woken(timeoutMs: number, signal: AbortSignal | null): Promise<void> {
    const { pending } = this.group;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        pending.delete(wake);
        this.wake = null;
        resolve();
      };
      const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(wake, timeoutMs);
      signal?.addEventListener('abort', wake);
      pending.set(wake, this.seen);
      this.wake = wake;
    });
  }
}

/** The subscriptions of one taskspace and topic. */
class Group {
  handles = 0;
  /** Changes since the first subscription. */
  told = 0;
  ended = false;
  /** The waiters, each with the number of changes that it has seen. */
  readonly pending = new Map<() => void, number>();

  constructor(
    readonly id: string,
    readonly concern: Topic,
  ) {}

  wake(): void {
    for (const [wake, seen] of this.pending) if (this.told > seen || this.ended) wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }
}

/**
 * How many waiters woken at the same moment continue in one turn of the event loop; measured: 1
 * to 2 ms of answers.
 */
const WAKES_PER_TURN = 32;

/** Lets many waiters continue a few at a time, so that other requests need not wait for all of them. */
class FairWaking {
  private readonly queue: (() => void)[] = [];

  take(): Promise<void> {
    return new Promise((resolve) => {
      if (this.queue.push(resolve) === 1) setImmediate(() => this.run());
    });
  }

  private run(): void {
    for (const resolve of this.queue.splice(0, WAKES_PER_TURN)) resolve();
    if (this.queue.length > 0) setImmediate(() => this.run());
  }
}

const PREFIXES: Readonly<Record<Exclude<Topic, 'anything'>, readonly string[]>> = {
  messages: ['message.', 'taskspace.'],
  plan: ['plan.', 'task.', 'taskspace.'],
};

/** Whether a change of these types concerns the topic; no types: any. */
function touches(types: readonly EventType[], topic: Topic): boolean {
  if (types.length === 0 || topic === 'anything') return true;
  return types.some((type) => PREFIXES[topic].some((prefix) => type.startsWith(prefix)));
}
