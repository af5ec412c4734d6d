/**
 * Figures that are not of a load: one line each, beside what others claim, what is aimed at, and a floor of
 * this run.
 */
export interface Line {
  readonly name: string;
  /** With its unit, as it is shown. */
  readonly ours: string;
  /** What ours is divided by. */
  readonly floor?: string;
  readonly ratio?: number | undefined;
  /** Ours over the floor of the same run where more is worse, for `--compare`; absent: not judged. */
  readonly cost?: number | undefined;
  /** The figure that somebody published for the same work, or the bar that is set for ours. */
  readonly claim?: string;
  /** Requests or checks that went wrong. */
  readonly failed: number;
}

export function printLines(title: string, lines: readonly Line[]): void {
  console.log(`\n${title}\n`);
  const header = ['', 'ours', 'floor', 'ours / floor', 'claim or bar', 'failed'];
  const rows = lines.map(({ name, ours, floor = '', ratio, claim = '', failed }) => [
    name,
    ours,
    floor,
    ratio === undefined ? '' : `${ratio.toPrecision(3)}×`,
    claim,
    String(failed),
  ]);
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? '').length)));
  for (const row of [header, ...rows])
    console.log(
      row.map((cell, i) => (i ? cell.padStart((widths[i] ?? 0) + 2) : cell.padEnd(widths[i] ?? 0))).join(''),
    );
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Microseconds of each call, one after the other; the first ones only warm up. */
export async function timed(
  rounds: { warmUp: number; count: number },
  call: (round: number) => Promise<unknown> | unknown,
): Promise<Spread> {
  for (let round = 0; round < rounds.warmUp; round++) await call(round);
  const took: number[] = [];
  for (let round = 0; round < rounds.count; round++) {
    const startedAt = performance.now();
    // Awaiting what is no promise costs a turn of the microtasks, which is none of the work.
    const result = call(round);
    if (result instanceof Promise) await result;
    took.push((performance.now() - startedAt) * 1000);
  }
  return spreadOf(took);
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

export function micros(us: number): string {
  return us >= 1000 ? `${(us / 1000).toFixed(2)} ms` : `${us.toPrecision(3)} µs`;
}

export function shown({ p50, p99 }: Spread): string {
  return `${micros(p50)} / ${micros(p99)}`;
}
