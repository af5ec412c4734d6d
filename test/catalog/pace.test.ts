import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../src/catalog/pace.js';

const REST_MS = 250;

describe('the pace of projection', () => {
  let pace: Pace;
  let rested: number;
  const ending = new AbortController();

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    pace = new Pace();
    rested = 0;
  });
  afterEach(() => void vi.useRealTimers());

  function rest(signal = ending.signal): Promise<void> {
    return pace.rest(signal).then(() => void rested++);
  }

  it('lets the first round begin at once, and the next after a rest', async () => {
    await rest();
    pace.begin();
    expect(pace.isOver).toBe(false);
    const next = rest();
    await vi.advanceTimersByTimeAsync(REST_MS - 1);
    expect(rested).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await next;
    expect([rested, pace.isOver]).toEqual([2, true]);
  });

  it('ends the rest when a reader waits, and does not rest when one has come during the round', async () => {
    pace.begin();
    const next = rest();
    pace.want();
    await next;
    pace.begin();
    pace.want();
    await rest();
    pace.begin();
    expect([rested, pace.isOver]).toEqual([2, false]);
  });

  it('ends with its signal, and leaves no timer', async () => {
    const own = new AbortController();
    pace.begin();
    const next = rest(own.signal);
    own.abort();
    await next;
    await rest(own.signal);
    expect([rested, vi.getTimerCount()]).toEqual([2, 0]);
  });
});
