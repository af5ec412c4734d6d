/** Runs contenders in alternating rounds and prints medians beside each other. */
import { type LoadResult, load, type ServerProcess } from './processes.js';

export interface Contender {
  readonly name: string;
  readonly server: ServerProcess;
  /** Whole HTTP requests, taken in turn. */
  readonly requests: readonly string[];
}

export interface Figures extends LoadResult {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuUs: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** `--taskspaces`: how many, for headings that take any number. */
  readonly taskspaces?: number | undefined;
  /** `--only`: which part of a heading. */
  readonly only?: string | undefined;
  /** `--before`: the folder of another checkout. */
  readonly before?: string | undefined;
}

/** Medians over the rounds; the first, shorter round only warms up. */
export async function compare(
  contenders: readonly Contender[],
  { rounds, seconds, connections }: Rounds,
): Promise<Figures[]> {
  const results = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, server, requests } of contenders) {
      const cpuBefore = server.cpuSeconds();
      const result = await load(server.port, requests, { connections, seconds: round === 0 ? 1 : seconds });
      const cpuUs = ((server.cpuSeconds() - cpuBefore) * 1e6) / result.count;
      if (round > 0)
        results.get(name)?.push({ ...result, name, cpuUs, perSecond: result.count / result.seconds });
    }
  }
  return contenders.map(({ name }) => medianOf(name, results.get(name) ?? []));
}

export function printTable(title: string, figures: readonly Figures[], floor: string): void {
  const base = figures.find(({ name }) => name === floor)?.perSecond ?? Number.NaN;
  console.log(`\n${title}\n`);
  console.log(
    ['', 'requests/s', `of ${floor}`, 'CPU µs', 'p50 µs', 'p99 µs', 'failed']
      .map((cell, i) => cell.padStart(i ? 12 : 34))
      .join(''),
  );
  for (const { name, perSecond, cpuUs, p50Us, p99Us, failed } of figures) {
    const cells = [
      perSecond.toFixed(0),
      (perSecond / base).toFixed(2),
      cpuUs.toFixed(1),
      String(p50Us),
      String(p99Us),
      String(failed),
    ];
    console.log(name.padEnd(34) + cells.map((cell) => cell.padStart(12)).join(''));
  }
}

/**
 * One line to judge by: throughput beside its bar, and CPU for each request beside it, which other programs
 * on the same machine distort less.
 */
export function printVerdict(ours: Figures, floor: Figures, bar: number): void {
  const ratio = ours.perSecond / floor.perSecond;
  const cpu = floor.cpuUs / ours.cpuUs;
  const by = [...(ratio >= bar ? ['requests/s'] : []), ...(cpu >= bar ? ['CPU'] : [])];
  const verdict = by.length === 2 ? 'met' : by.length === 1 ? `met by ${by[0]} alone` : 'MISSED';
  console.log(
    `\n${ours.name} / ${floor.name}: ${ratio.toFixed(2)} in requests/s, ${cpu.toFixed(2)} in CPU; bar ${bar}: ${verdict}`,
  );
}

function medianOf(name: string, rounds: readonly Figures[]): Figures {
  const median = (pick: (figures: Figures) => number): number => {
    const sorted = rounds.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    name,
    count: median((f) => f.count),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    seconds: median((f) => f.seconds),
    p50Us: median((f) => f.p50Us),
    p99Us: median((f) => f.p99Us),
    perSecond: median((f) => f.perSecond),
    cpuUs: median((f) => f.cpuUs),
  };
}
