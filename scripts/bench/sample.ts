/**
 * Repeated measurements of one thing, and what they say: medians to judge by, the rest to see how far to
 * trust them.
 */

/** Times in µs. `outliers` lie beyond 1.5 quartile distances outside the quartiles (Tukey). */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly deviation: number;
  readonly p95: number;
  readonly p99: number;
  readonly outliers: number;
}

export interface Sampling {
  readonly warmUp: number;
  readonly roundsMin: number;
  readonly roundsMax: number;
  /** No round begins after this, once there are `roundsMin`. */
  readonly budgetMs: number;
}

/** @param values at least one. */
export function statisticsOf(values: readonly number[]): Statistics {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const reach = 1.5 * (high - low);
  return {
    count,
    mean,
    median: quantile(sorted, 0.5),
    deviation: count < 2 ? 0 : Math.sqrt(squares / (count - 1)),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    outliers: sorted.filter((value) => value < low - reach || value > high + reach).length,
  };
}

/** Between two values by their distance. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/** Microseconds of each round. @param prepare what a round needs, not timed. */
export async function sampled(
  sampling: Sampling,
  call: (round: number) => unknown,
  prepare?: (round: number) => unknown,
): Promise<Statistics> {
  const { warmUp, roundsMin, roundsMax, budgetMs } = sampling;
  const took: number[] = [];
  const until = performance.now() + budgetMs;
  for (let round = 0; round < warmUp + roundsMax; round++) {
    if (took.length >= roundsMin && performance.now() > until) break;
    if (prepare) await prepare(round);
    const startedAt = performance.now();
    const result = call(round);
    // Awaiting what is no promise costs a turn of the microtasks, which is none of the work.
    if (result instanceof Promise) await result;
    if (round >= warmUp) took.push((performance.now() - startedAt) * 1000);
  }
  return statisticsOf(took);
}
