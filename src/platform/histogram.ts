/**
 * A histogram of fixed size: 16 steps for each power of two, so a quantile is right to about 3 %.
 *
 * Values are whole numbers from 0 to 2³² − 1 in a unit that the owner chooses; others are rounded and
 * clamped. It counts since it was made, never forgets and never grows. Recording costs a few nanoseconds.
 */
const STEPS = 16;
const STEP_BITS = 4;
const VALUE_MAX = 2 ** 32 - 1;
const BUCKETS = (32 - STEP_BITS + 1) * STEPS;

export interface SavedHistogram {
  readonly buckets: readonly (readonly [number, number])[];
  readonly max: number;
}

export class Histogram {
  private readonly buckets = new Float64Array(BUCKETS);
  private recorded = 0;
  private highest = 0;

  get count(): number {
    return this.recorded;
  }

  /** The largest value, exactly; 0 before the first. */
  get max(): number {
    return this.highest;
  }

  /** @param times how many values this one represents, where only a sample of them is measured. */
  record(value: number, times = 1): void {
    const whole = value > 0 ? Math.min(Math.round(value), VALUE_MAX) : 0;
    const bucket = bucketOf(whole);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + times;
    this.recorded += times;
    if (whole > this.highest) this.highest = whole;
  }

  /** The value that a share `q` (0 to 1) of all values do not exceed; null before the first. */
  quantile(q: number): number | null {
    if (this.recorded === 0) return null;
    let left = Math.max(1, Math.ceil(q * this.recorded));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.buckets[bucket] ?? 0;
      if (left <= 0) return Math.min(middleOf(bucket), this.highest);
    }
    return this.highest;
  }

  /**
   * What another process needs to add these values to its histogram: `[bucket, count]` of the buckets that
   * are not empty, and the maximum.
   */
  save(): SavedHistogram {
    const buckets: [number, number][] = [];
    for (const [bucket, count] of this.buckets.entries()) if (count > 0) buckets.push([bucket, count]);
    return { buckets, max: this.highest };
  }

  static restore({ buckets, max }: SavedHistogram): Histogram {
    const histogram = new Histogram();
    for (const [bucket, count] of buckets) {
      histogram.buckets[bucket] = count;
      histogram.recorded += count;
    }
    histogram.highest = max;
    return histogram;
  }

  /** Adds the other one's values. */
  add(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + (other.buckets[bucket] ?? 0);
    }
    this.recorded += other.recorded;
    this.highest = Math.max(this.highest, other.highest);
  }
}

/** Below 2 · STEPS each value has a separate bucket; above, the bits after the highest one give the step. */
function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const shift = 31 - Math.clz32(value) - STEP_BITS;
  return (shift + 1) * STEPS + ((value >>> shift) & (STEPS - 1));
}

function middleOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const width = 2 ** (Math.floor(bucket / STEPS) - 1);
  return (STEPS + (bucket % STEPS)) * width + Math.floor((width - 1) / 2);
}
