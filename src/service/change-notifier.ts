/**
 * Waiting until a taskspace has been told something: claims, message readers and event streams rest on it. While nobody
 * waits on a taskspace a telling costs one lookup; who waits costs a timer and nothing else.
 *
 * A handle counts from the moment it is made, so what is told between a look and the wait is not missed: make the handle,
 * look, wait, look again. `until` is that loop (claims); who looks for many at once holds a handle with `watch` and calls
 * `next` after each look (message-hub.ts). What woke a handle is only a hint: the look decides.
 */
import type { EventType } from '../domain/event.js';
import type { Feed } from '../store/feed.js';
import type { Change } from '../store/feed-segment.js';

/** Tellings that wake: those of messages, of plan and tasks, or all. The end of the taskspace always does. */
export type Topic = 'messages' | 'plan' | 'anything';

/** How long a call may wait, and what ends the wait early. */
export interface WaitOptions {
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

export interface PollResult<T> {
  readonly value: T;
  /** Nothing to wait for any more. */
  readonly done: boolean;
  /** Look again after so many ms, also when nothing is told: something lapses then. */
  readonly againInMs?: number;
}

export interface ChangeNotifierDeps {
  readonly feed: Pick<Feed, 'subscribe'>;
  /** Keeps the feed looked at until what it returns is called. */
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
   * Looks, and looks again whenever taskspace `id` has been told something, until `done`, until the time is over or until
   * the signal fires; the last look comes after that, and its value is the answer. Errors are those of `look`.
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
      // What woke this one has woken others, who all answer now.
      if (waited) await this.yieldFairly();
    }
  }

  /** A handle that counts from now. Close it. */
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

  /** For those whom one moment has woken: they go on a few at a time. */
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

  /** Once for all tellings of this turn, and after the writer that told has gone on. */
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

/** Where one caller stands among the tellings of a taskspace. */
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
   * Resolves true when something has been told since this handle was made or `next` last resolved; false when the time is
   * over (ms), the signal fires, the handle is closed or the process ends. One at a time.
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

/** The handles of one taskspace and concern. */
class Group {
  handles = 0;
  /** How many tellings there were since the first handle. */
  told = 0;
  ended = false;
  /** Who waits, and which telling is old to it. */
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

/** How many of those who were woken at the same moment go on in one turn of the event loop: measured, 1 to 2 ms of answers. */
const WAKES_PER_TURN = 32;

/** Lets a crowd go on a few at a time, so that nobody else has to wait for all of them. */
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

/** Types of a telling; empty: any. */
function touches(types: readonly EventType[], topic: Topic): boolean {
  if (types.length === 0 || topic === 'anything') return true;
  return types.some((type) => PREFIXES[topic].some((prefix) => type.startsWith(prefix)));
}
