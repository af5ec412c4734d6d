import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/platform/histogram.js';

describe('a histogram', () => {
  it('has no quantile before the first value', () => {
    expect(new Histogram().quantile(0.5)).toBeNull();
  });

  it('gives quantiles within 4 % of the sorted values, and the exact maximum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 0.5, 0.95, 0.99, 1),
        (values, q) => {
          const histogram = new Histogram();
          for (const value of values) histogram.record(value);
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil(q * values.length) - 1)] ?? 0;
          expect(Math.abs((histogram.quantile(q) ?? -1) - exact)).toBeLessThanOrEqual(exact * 0.04);
          expect(histogram.max).toBe(sorted.at(-1));
          expect(histogram.count).toBe(values.length);
        },
      ),
    );
  });

  it('clamps what is below zero, above its range, or no number', () => {
    const histogram = new Histogram();
    histogram.record(-5);
    expect(histogram.quantile(1)).toBe(0);
    histogram.record(Number.NaN);
    expect(histogram.quantile(1)).toBe(0);
    histogram.record(1e15);
    expect(histogram.quantile(1)).toBeGreaterThan(4e9);
    expect(histogram.count).toBe(3);
  });

  it('takes another one in as if it had recorded its values', () => {
    const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
    for (const value of [1, 70, 9000]) {
      one.record(value);
      both.record(value);
    }
    for (const value of [3, 100_000]) {
      other.record(value);
      both.record(value);
    }
    one.add(other);
    expect(one).toEqual(both);
  });
});
