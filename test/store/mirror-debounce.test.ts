import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MirrorDebounce } from '../../src/store/files/mirror/debounce.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function brought(): { bring: () => Promise<void>; times: () => number } {
  let times = 0;
  const bring = async (): Promise<void> => void times++;
  return { bring, times: () => times };
}

describe('mirror files that are debounced', () => {
  it('are written once for many steps, and not before their time', async () => {
    const debounce = new MirrorDebounce();
    const { bring, times } = brought();
    for (let revision = 1; revision <= 100; revision++) await debounce.soon('a', revision, bring);
    expect(times()).toBe(0);
    await vi.advanceTimersByTimeAsync(500);
    expect(times()).toBe(1);
    await debounce.soon('a', 101, bring);
    await vi.advanceTimersByTimeAsync(500);
    expect(times()).toBe(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(times()).toBe(2);
  });

  it('are each written for their own taskspace', async () => {
    const debounce = new MirrorDebounce();
    const [a, b] = [brought(), brought()];
    await debounce.soon('a', 1, a.bring);
    await debounce.soon('b', 1, b.bring);
    await vi.advanceTimersByTimeAsync(500);
    expect([a.times(), b.times()]).toEqual([1, 1]);
  });

  it('are waited for by the step that would leave them too far behind', async () => {
    const debounce = new MirrorDebounce();
    const { bring, times } = brought();
    await debounce.soon('a', 1000, bring);
    await debounce.soon('a', 1000 + 511, bring);
    expect(times()).toBe(0);
    await debounce.soon('a', 1000 + 512, bring);
    expect(times()).toBe(1);
  });

  it('that take long are written less often', async () => {
    const debounce = new MirrorDebounce();
    let times = 0;
    const slow = async (): Promise<void> => {
      times++;
      await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await debounce.soon('a', 1, slow);
    await vi.advanceTimersByTimeAsync(600);
    await debounce.soon('a', 2, slow);
    await vi.advanceTimersByTimeAsync(1900);
    expect(times).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(times).toBe(2);
  });

  it('are written at the end, one after the other', async () => {
    const debounce = new MirrorDebounce();
    let running = 0;
    const seen: number[] = [];
    const bring = async (): Promise<void> => {
      seen.push(++running);
      await Promise.resolve();
      running--;
    };
    await debounce.soon('a', 1, bring);
    const settled = debounce.settle();
    await debounce.soon('a', 2, bring);
    await Promise.all([settled, debounce.settle()]);
    expect(seen).toEqual([1, 1]);
  });
});
