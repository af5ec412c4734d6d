import { describe, expect, it } from 'vitest';
import { RestartBackoff } from '../../src/cluster/restart-backoff.js';

describe('a worker’s place is filled again', () => {
  it('at once the first time, and always within a second, when the worker was serving', () => {
    const respawn = new RestartBackoff();
    const delays = Array.from({ length: 8 }, () => respawn.delayAfter(500));
    expect(delays).toEqual([0, 50, 100, 200, 400, 800, 1000, 1000]);
  });

  it('later and later, up to ten seconds, when workers die before they serve', () => {
    const respawn = new RestartBackoff();
    const delays = Array.from({ length: 12 }, () => respawn.delayAfter(null));
    expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000]);
  });

  it('at once again after thirty seconds of life', () => {
    const respawn = new RestartBackoff();
    for (let n = 0; n < 5; n++) respawn.delayAfter(10);
    expect(respawn.delayAfter(29_999)).toBe(800);
    expect(respawn.delayAfter(30_000)).toBe(0);
    expect(respawn.delayAfter(10)).toBe(50);
  });

  it('without the old delays once a worker has served', () => {
    const respawn = new RestartBackoff();
    for (let n = 0; n < 5; n++) respawn.delayAfter(null);
    respawn.delayAfter(10);
    expect(respawn.delayAfter(null)).toBe(50);
  });
});
