/** What a line of workload B gave, beside its floor and what others claim. */
import { type Line, micros } from '../lines.js';
import type { Statistics } from '../sample.js';
import type { Floor } from './floors.js';

export interface SeedRow extends Line {
  readonly statistics?: Statistics;
}

export interface Measured {
  readonly name: string;
  readonly size: number;
  readonly way: string;
  readonly statistics: Statistics;
  readonly floor: Floor;
  readonly claim: string;
  readonly targetMs: number | null;
  readonly failed?: number;
}

export function rowOf({
  name,
  size,
  way,
  statistics,
  floor,
  claim,
  targetMs,
  failed = 0,
}: Measured): SeedRow {
  const cost = statistics.median / floor.us;
  return {
    name: `${name}, ${size}, ${way}`,
    ours: micros(statistics.median),
    floor: `${micros(floor.us)} (${floor.name})`,
    ratio: cost,
    cost,
    claim: [
      claim,
      targetMs === null ? '' : `target < ${targetMs} ms: ${verdict(statistics.median, targetMs)}`,
    ]
      .filter((text) => text !== '')
      .join('; '),
    failed,
    statistics,
  };
}

export function verdict(us: number, targetMs: number): string {
  return us < targetMs * 1000 ? 'met' : 'MISSED';
}

const COLUMNS = ['', 'rounds', 'mean', 'median', 'stddev', 'p95', 'p99', 'outliers', 'ours / floor'];

export function printRows(title: string, rows: readonly SeedRow[]): void {
  console.log(`\n${title}\n`);
  const cells = rows.map(({ name, statistics: s, ours, ratio, floor = '', claim = '', failed }) => [
    name,
    ...(s
      ? [String(s.count), ...[s.mean, s.median, s.deviation, s.p95, s.p99].map(micros), String(s.outliers)]
      : ['', '', ours, '', '', '', '']),
    ratio === undefined ? '' : `${ratio.toPrecision(3)}×`,
    `${floor}${claim === '' ? '' : ` | ${claim}`}${failed > 0 ? ` | ${failed} FAILED` : ''}`,
  ]);
  const header = [...COLUMNS, 'floor | claim'];
  const widths = header.map((cell, i) => Math.max(cell.length, ...cells.map((row) => (row[i] ?? '').length)));
  for (const row of [header, ...cells]) {
    const shown = row.map((cell, i) => {
      if (i === 0 || i === header.length - 1) return i === 0 ? cell.padEnd(widths[0] ?? 0) : `  ${cell}`;
      return cell.padStart((widths[i] ?? 0) + 2);
    });
    console.log(shown.join(''));
  }
}
