import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventType } from '../../src/domain/event.js';
import { ChangeNotifier, type Topic } from '../../src/service/change-notifier.js';
import type { FeedListener } from '../../src/store/ports.js';

const LONG_MS = 60_000;
const NEVER = new AbortController().signal;

/** A feed of which the test says what it tells. */
class FakeFeed {
  readonly listeners = new Set<FeedListener>();
  looking = 0;

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(id: string, types: readonly EventType[] = ['message.posted']): void {
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
      feed.looking++;
      return () => feed.looking--;
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

describe('a handle', () => {
  it('is woken by a telling of its taskspace, and by no other', async () => {
    const subscription = notifier.subscribe('a', 'anything');
    const next = subscription.next(LONG_MS, NEVER);
    feed.tell('b');
    expect(await settles(next)).toBe(false);
    feed.tell('a');
    expect(await next).toBe(true);
    subscription.close();
  });

  it('misses nothing that is told between the look and the wait', async () => {
    const watch = notifier.subscribe('a', 'anything');
    feed.tell('a');
    expect(await watch.next(LONG_MS, NEVER)).toBe(true);
    expect(await settles(watch.next(20 * LONG_MS, NEVER))).toBe(false);
    watch.close();
    notifier.close();
  });

  it('counts from the moment it is made', async () => {
    feed.tell('a');
    const first = notifier.subscribe('a', 'anything');
    feed.tell('a');
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
  ])('concerned with %s: %s wakes it: %s', async (topic, type, wakes) => {
    const watch = notifier.subscribe('a', topic);
    const next = watch.next(LONG_MS, NEVER);
    feed.tell('a', [type]);
    expect(await settles(next)).toBe(wakes);
    notifier.close();
  });

  it('is woken by a telling that names no types, and by a line that cannot be read', async () => {
    const watch = notifier.subscribe('a', 'plan');
    feed.tell('a', []);
    expect(await watch.next(LONG_MS, NEVER)).toBe(true);
    const next = watch.next(LONG_MS, NEVER);
    feed.spoil();
    expect(await next).toBe(true);
  });

  it('is woken once by all tellings of one turn', async () => {
    const watch = notifier.subscribe('a', 'messages');
    const next = watch.next(LONG_MS, NEVER);
    for (let i = 0; i < 500; i++) feed.tell('a');
    expect(await next).toBe(true);
    expect(await watch.next(1, NEVER)).toBe(false);
  });

  it('stops waiting when the time is over, when the signal fires, and when it has fired before', async () => {
    const watch = notifier.subscribe('a', 'anything');
    expect(await watch.next(1, NEVER)).toBe(false);
    const controller = new AbortController();
    const next = watch.next(LONG_MS, controller.signal);
    controller.abort();
    expect(await next).toBe(false);
    expect(await watch.next(LONG_MS, controller.signal)).toBe(false);
  });

  it('stops waiting when all is closed, and does not begin to wait after that', async () => {
    const watch = notifier.subscribe('a', 'anything');
    const next = watch.next(LONG_MS, NEVER);
    notifier.close();
    expect(await next).toBe(false);
    expect(await watch.next(LONG_MS, NEVER)).toBe(false);
    expect(await notifier.subscribe('b', 'anything').next(LONG_MS, NEVER)).toBe(false);
    expect(feed.listeners.size).toBe(0);
    expect(feed.looking).toBe(0);
  });

  it('keeps the feed looked at from the first that is made to the last that is closed', () => {
    expect(feed.looking).toBe(0);
    const watches = [
      notifier.subscribe('a', 'plan'),
      notifier.subscribe('a', 'messages'),
      notifier.subscribe('b', 'plan'),
    ];
    expect(feed.looking).toBe(1);
    for (const watch of watches) {
      expect(feed.looking).toBe(1);
      watch.close();
      watch.close();
    }
    expect(feed.looking).toBe(0);
  });
});

describe('until', () => {
  const patience = { waitSeconds: 60, signal: NEVER };
  const ownPatience = () => ({ waitSeconds: 60, signal: new AbortController().signal });

  it('answers at once when the first look finds something, or when nobody wants to wait', async () => {
    const look = vi.fn(async () => ({ value: 1, done: true }));
    expect(await notifier.until('a', 'plan', patience, look)).toBe(1);
    expect(
      await notifier.until('a', 'plan', { ...patience, waitSeconds: 0 }, async () => ({
        value: 2,
        done: false,
      })),
    ).toBe(2);
    expect(look).toHaveBeenCalledTimes(1);
    expect(feed.looking).toBe(0);
  });

  it('looks again after each telling, and sees what is told while it looks', async () => {
    let looks = 0;
    const found = notifier.until('a', 'plan', patience, async () => {
      looks++;
      if (looks < 3) feed.tell('a', ['task.changed']);
      return { value: looks, done: looks === 3 };
    });
    expect(await found).toBe(3);
  });

  it('looks once more when the time is over, although tellings never cease', async () => {
    let looks = 0;
    const value = await notifier.until('a', 'plan', { waitSeconds: 0.02, signal: NEVER }, async () => {
      looks++;
      feed.tell('a', ['task.changed']);
      await turn();
      return { value: looks, done: false };
    });
    expect(value).toBe(looks);
    expect(looks).toBeGreaterThan(1);
  });

  it('looks again when something lapses, with nothing told', async () => {
    let looks = 0;
    const look = async () => ({ value: ++looks, done: looks === 2, againInMs: 5 });
    expect(await notifier.until('a', 'plan', patience, look)).toBe(2);
  });

  it('ends with the error of a look, and when the signal fires with what there is', async () => {
    const gone = new Error('gone');
    let looks = 0;
    const failing = notifier.until('a', 'plan', patience, async () => {
      if (++looks === 2) throw gone;
      return { value: null, done: false };
    });
    await turn();
    feed.tell('a', ['taskspace.deleted']);
    await expect(failing).rejects.toBe(gone);
    const controller = new AbortController();
    const waiting = notifier.until('a', 'plan', { waitSeconds: 60, signal: controller.signal }, async () => ({
      value: 'nothing yet',
      done: false,
    }));
    await turn();
    controller.abort();
    expect(await waiting).toBe('nothing yet');
    expect(feed.looking).toBe(0);
  });

  it('lets a crowd that one telling woke go on a few in each turn, those that fail too', async () => {
    let woken = 0;
    let over = 0;
    const crowd = Array.from({ length: 200 }, async (_, i) => {
      let looks = 0;
      await notifier
        .until('a', 'plan', ownPatience(), async () => {
          looks++;
          if (looks === 2) woken++;
          if (looks === 2 && i % 2 === 0) throw new Error('gone');
          return { value: i, done: looks === 2 };
        })
        .catch(() => null);
      over++;
    });
    await turn();
    feed.tell('a', ['taskspace.deleted']);
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
