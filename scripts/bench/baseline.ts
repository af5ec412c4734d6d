/**
 * A kept run to compare with. What is compared is what ours costs in floors of the same run, never a time:
 * another machine, or a busier hour, moves both.
 */
import fs from 'node:fs';
import type { Line } from './lines.js';

/** Cost by heading and line. */
export type Baseline = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Comparison {
  readonly name: string;
  /** Null: there was, or is, no such line. */
  readonly before: number | null;
  readonly now: number | null;
  /** More cost by so many percent. */
  readonly percent: number | null;
}

export function baselineOf(figures: Readonly<Record<string, readonly object[]>>): Baseline {
  const entries = Object.entries(figures).map(([heading, list]) => {
    const lines = (list as readonly Partial<Line>[]).flatMap(({ name, cost }) =>
      name !== undefined && cost !== undefined && Number.isFinite(cost) ? [[name, cost] as const] : [],
    );
    return [heading, Object.fromEntries(lines)] as const;
  });
  return Object.fromEntries(entries);
}

/** Only headings of this run; a line that came or went is shown, and judged by nobody. */
export function comparisons(kept: Baseline, now: Baseline): Comparison[] {
  return Object.entries(now).flatMap(([heading, lines]) => {
    const before = kept[heading] ?? {};
    return [...new Set([...Object.keys(before), ...Object.keys(lines)])].map((name) => {
      const [a, b] = [before[name] ?? null, lines[name] ?? null];
      const percent = a === null || b === null ? null : (b / a - 1) * 100;
      return { name: `${heading}: ${name}`, before: a, now: b, percent };
    });
  });
}

export function worseThan(percent: number, all: readonly Comparison[]): Comparison[] {
  return all.filter((one) => one.percent !== null && one.percent > percent);
}

/** Errors: when the file is not one that `--save` made. */
export function readBaseline(file: string): Baseline {
  const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (typeof value !== 'object' || value === null || !('baseline' in value))
    throw new Error(`${file} is no baseline. Make one with --save ${file}.`);
  return value.baseline as Baseline;
}

/** Lines of headings that were not run this time stay. */
export function saveBaseline(file: string, now: Baseline): void {
  const kept = fs.existsSync(file) ? readBaseline(file) : {};
  fs.writeFileSync(file, `${JSON.stringify({ baseline: { ...kept, ...now } }, null, 1)}\n`);
}

/** @returns how many lines are worse than allowed. */
export function printComparison(all: readonly Comparison[], percent: number): number {
  const worse = new Set(worseThan(percent, all));
  const shown = [...all].sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0));
  console.log(`\nCost in floors, then and now; more than ${percent} % worse fails\n`);
  for (const one of shown) {
    const { name, before, now } = one;
    const change =
      one.percent === null ? 'not compared' : `${one.percent > 0 ? '+' : ''}${one.percent.toFixed(0)} %`;
    const cells = [
      before?.toPrecision(3) ?? '-',
      now?.toPrecision(3) ?? '-',
      change,
      worse.has(one) ? 'WORSE' : '',
    ];
    console.log(name.padEnd(90) + cells.map((cell) => cell.padStart(13)).join(''));
  }
  console.log(`\n${worse.size} of ${all.length} lines are worse by more than ${percent} %`);
  return worse.size;
}
