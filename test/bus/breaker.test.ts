import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker } from '../../src/bus/breaker.js';

describe('the breaker', () => {
  let well = false;
  let probes = 0;
  let breaker: Breaker;

  beforeEach(() => {
    vi.useFakeTimers();
    well = false;
    probes = 0;
    breaker = new Breaker({
      now: () => Date.now(),
      random: () => 0.5,
      probe: async () => {
        probes++;
        return well;
      },
    });
  });
  afterEach(() => {
    breaker.end();
    vi.useRealTimers();
  });

  function fail(times: number): void {
    for (let time = 0; time < times; time++) breaker.failed();
  }

  it('opens on the third failure in a row, not on three with successes between', () => {
    for (let time = 0; time < 5; time++) {
      fail(1);
      breaker.succeeded();
    }
    for (let time = 0; time < 20; time++) breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
  });

  it('opens when half of the calls of a window fail', () => {
    for (let time = 0; time < 9; time++) {
      breaker.succeeded();
      fail(1);
    }
    expect(breaker.state).toBe('closed');
    breaker.succeeded();
    fail(1);
    expect(breaker.state).toBe('open');
  });

  it('minds only the share of late calls while others are answered', () => {
    for (let time = 0; time < 19; time++) breaker.failed(false);
    expect(breaker.state).toBe('closed');
    breaker.failed(false);
    expect(breaker.state).toBe('open');
  });

  it('probes with a growing delay, for ever, and closes by itself once a probe succeeds', async () => {
    fail(3);
    await vi.advanceTimersByTimeAsync(100);
    expect(probes).toBe(1);
    await vi.advanceTimersByTimeAsync(199);
    expect(probes).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(probes).toBe(2);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(probes).toBeGreaterThan(700);
    expect(probes).toBeLessThan(740);
    expect(breaker.state).toBe('open');
    well = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(breaker.state).toBe('closed');
  });

  it('opens at the first failure soon after it has closed, and waits longer than before', async () => {
    fail(3);
    well = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(199);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(breaker.state).toBe('closed');
  });

  it('begins afresh after it was well for a while', async () => {
    fail(3);
    well = true;
    await vi.advanceTimersByTimeAsync(20_000);
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(100);
    expect(breaker.state).toBe('closed');
  });

  it('probes at once when it is told to hurry, and only when it is open', async () => {
    breaker.hurry();
    expect(probes).toBe(0);
    fail(3);
    well = true;
    breaker.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(probes).toBe(1);
    expect(breaker.state).toBe('closed');
  });

  it('runs one probe at a time, and none after its end', async () => {
    let finish = (_well: boolean): void => undefined;
    breaker = new Breaker({
      now: () => Date.now(),
      random: () => 0.5,
      probe: () => {
        probes++;
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
    });
    fail(3);
    await vi.advanceTimersByTimeAsync(60_000);
    breaker.hurry();
    expect(probes).toBe(1);
    expect(breaker.state).toBe('half-open');
    breaker.end();
    finish(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probes).toBe(1);
    expect(breaker.state).toBe('open');
  });
});
