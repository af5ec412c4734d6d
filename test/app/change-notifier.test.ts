import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ChangeNotifier, type Topic } from '../../src/app/waiting/change-notifier.js';
import type { EventType } from '../../src/domain/event.js';
import type { FeedListener } from '../../src/store/ports.js';

const LONG_MS = 60_000;
const NEVER = new AbortController().signal;

/** A feed of which the test says what it publishes. */
class FakeFeed {
  readonly listeners = new Set<FeedListener>();
  polling = 0;

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(id: string, types: readonly EventType[] = ['message.posted']): void {
    const change = { epoch: '0a1b2c3d', segment: 1, at: 0, id, from: 1, to: 1, owners: [], types };
    for (const listener of this.listeners) listener.onChange(change);
  }

  spoil(): void {
    for (const listener of this.listeners) listener.onUnreadable();
  }
}

let feed: FakeFeed;
let notifier: ChangeNotifier;

beforeEach(() => {
  feed = new FakeFeed();
  notifier = new ChangeNotifier({
    feed,
    keepPolling: () => {
      feed.polling++;
      return () => feed.polling--;
    },
  });
});

/** Whether the promise has settled once all that is due now has run. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let i = 0; i < 5; i++) await turn();
  return settled;
}

describe('a subscription', () => {
  it('is woken by a change of its taskspace, and by no other', async () => {
    const subscription = notifier.subscribe('a', 'anything');
    const next = subscription.next(LONG_MS, NEVER);
    feed.publish('b');
    expect(await settles(next)).toBe(false);
    feed.publish('a');
    expect(await next).toBe(true);
    subscription.close();
  });

  it('misses nothing that is published between the poll and the wait', async () => {
    const subscription = notifier.subscribe('a', 'anything');
    feed.publish('a');
    expect(await subscription.next(LONG_MS, NEVER)).toBe(true);
    expect(await settles(subscription.next(20 * LONG_MS, NEVER))).toBe(false);
    subscription.close();
    notifier.close();
  });

  it('counts from the moment it is made', async () => {
    feed.publish('a');
    const first = notifier.subscribe('a', 'anything');
    feed.publish('a');
    const second = notifier.subscribe('a', 'anything');
    expect(await first.next(LONG_MS, NEVER)).toBe(true);
    expect(await second.next(1, NEVER)).toBe(false);
  });

  it.each<[Topic, EventType, boolean]>([
    ['messages', 'message.posted', true],
    ['messages', 'task.changed', false],
    ['messages', 'artifact.written', false],
    ['messages', 'taskspace.deleted', true],
    ['plan', 'task.changed', true],
    ['plan', 'plan.replaced', true],
    ['plan', 'message.posted', false],
    ['plan', 'taskspace.deleted', true],
    ['anything', 'artifact.written', true],
  ])('on the topic %s: %s wakes it: %s', async (topic, type, wakes) => {
    const subscription = notifier.subscribe('a', topic);
    const next = subscription.next(LONG_MS, NEVER);
    feed.publish('a', [type]);
    expect(await settles(next)).toBe(wakes);
    notifier.close();
  });

  it('is woken by a change that names no types, and by a line that cannot be read', async () => {
    const subscription = notifier.subscribe('a', 'plan');
    feed.publish('a', []);
    expect(await subscription.next(LONG_MS, NEVER)).toBe(true);
    const next = subscription.next(LONG_MS, NEVER);
    feed.spoil();
    expect(await next).toBe(true);
  });

  it('is woken once by all changes of one turn', async () => {
    const subscription = notifier.subscribe('a', 'messages');
    const next = subscription.next(LONG_MS, NEVER);
    for (let i = 0; i < 500; i++) feed.publish('a');
    expect(await next).toBe(true);
    expect(await subscription.next(1, NEVER)).toBe(false);
  });

  it('stops waiting when the time is over, when the signal fires, and when it has fired before', async () => {
    const subscription = notifier.subscribe('a', 'anything');
    expect(await subscription.next(1, NEVER)).toBe(false);
    const controller = new AbortController();
    const next = subscription.next(LONG_MS, controller.signal);
    controller.abort();
    expect(await next).toBe(false);
    expect(await subscription.next(LONG_MS, controller.signal)).toBe(false);
  });

  it('stops waiting when all is closed, and does not begin to wait after that', async () => {
    const subscription = notifier.subscribe('a', 'anything');
    const next = subscription.next(LONG_MS, NEVER);
    notifier.close();
    expect(await next).toBe(false);
    expect(await subscription.next(LONG_MS, NEVER)).toBe(false);
    expect(await notifier.subscribe('b', 'anything').next(LONG_MS, NEVER)).toBe(false);
    expect(feed.listeners.size).toBe(0);
    expect(feed.polling).toBe(0);
  });

  it('keeps the feed polled from the first that is made to the last that is closed', () => {
    expect(feed.polling).toBe(0);
    const subscriptions = [
      notifier.subscribe('a', 'plan'),
      notifier.subscribe('a', 'messages'),
      notifier.subscribe('b', 'plan'),
    ];
    expect(feed.polling).toBe(1);
    for (const subscription of subscriptions) {
      expect(feed.polling).toBe(1);
      subscription.close();
      subscription.close();
    }
    expect(feed.polling).toBe(0);
  });
});

describe('until', () => {
  const options = { waitSeconds: 60, signal: NEVER };
  const ownOptions = () => ({ waitSeconds: 60, signal: new AbortController().signal });

  it('answers at once when the first poll finds something, or when nobody wants to wait', async () => {
    const poll = vi.fn(async () => ({ value: 1, done: true }));
    expect(await notifier.until('a', 'plan', options, poll)).toBe(1);
    expect(
      await notifier.until('a', 'plan', { ...options, waitSeconds: 0 }, async () => ({
        value: 2,
        done: false,
      })),
    ).toBe(2);
    expect(poll).toHaveBeenCalledTimes(1);
    expect(feed.polling).toBe(0);
  });

  it('polls again after each change, and sees what is published while it polls', async () => {
    let polls = 0;
    const found = notifier.until('a', 'plan', options, async () => {
      polls++;
      if (polls < 3) feed.publish('a', ['task.changed']);
      return { value: polls, done: polls === 3 };
    });
    expect(await found).toBe(3);
  });

  it('polls once more when the time is over, although changes never cease', async () => {
    let polls = 0;
    const value = await notifier.until('a', 'plan', { waitSeconds: 0.02, signal: NEVER }, async () => {
      polls++;
      feed.publish('a', ['task.changed']);
      await turn();
      return { value: polls, done: false };
    });
    expect(value).toBe(polls);
    expect(polls).toBeGreaterThan(1);
  });

  it('polls again when something lapses, with nothing published', async () => {
    let polls = 0;
    const poll = async () => ({ value: ++polls, done: polls === 2, againInMs: 5 });
    expect(await notifier.until('a', 'plan', options, poll)).toBe(2);
  });

  it('ends with the error of a poll, and when the signal fires with what there is', async () => {
    const gone = new Error('gone');
    let polls = 0;
    const failing = notifier.until('a', 'plan', options, async () => {
      if (++polls === 2) throw gone;
      return { value: null, done: false };
    });
    await turn();
    feed.publish('a', ['taskspace.deleted']);
    await expect(failing).rejects.toBe(gone);
    const controller = new AbortController();
    const waiting = notifier.until('a', 'plan', { waitSeconds: 60, signal: controller.signal }, async () => ({
      value: 'nothing yet',
      done: false,
    }));
    await turn();
    controller.abort();
    expect(await waiting).toBe('nothing yet');
    expect(feed.polling).toBe(0);
  });

  it('lets a crowd that one change woke go on a few in each turn, those that fail too', async () => {
    let woken = 0;
    let over = 0;
    const crowd = Array.from({ length: 200 }, async (_, i) => {
      let polls = 0;
      await notifier
        .until('a', 'plan', ownOptions(), async () => {
          polls++;
          if (polls === 2) woken++;
          if (polls === 2 && i % 2 === 0) throw new Error('gone');
          return { value: i, done: polls === 2 };
        })
        .catch(() => null);
      over++;
    });
    await turn();
    feed.publish('a', ['taskspace.deleted']);
    const overByTurn: number[] = [];
    while (over < 200) {
      await turn();
      overByTurn.push(over);
    }
    await Promise.all(crowd);
    expect(woken).toBe(200);
    const steps = overByTurn.map((count, i) => count - (overByTurn[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(40);
  });
});
