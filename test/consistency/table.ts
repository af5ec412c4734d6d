/** The results as a table that a person can read, and as lines that say what was wrong. */
import type { PhaseResult } from './phase.js';
import type { RunResult } from './run.js';

const COLUMNS: readonly (readonly [title: string, show: (result: PhaseResult) => string])[] = [
  ['struck', ({ strikes }) => String(strikes)],
  ['writes', ({ writes }) => String(writes)],
  ['reads checked', ({ reads }) => String(reads)],
  ['stale', ({ stale }) => String(stale)],
  ['backwards', ({ backwards }) => String(backwards)],
  ['session', ({ sessions }) => String(sessions)],
  ['lost', ({ lost }) => String(lost)],
  ['twins', ({ twins }) => String(twins)],
  ['failed', ({ failures }) => String(failures)],
  ['broken', ({ broken }) => String(broken)],
  ['stale worst ms', ({ worstMs }) => worstMs.toFixed(1)],
  ['p99 ms', ({ p99Ms }) => p99Ms.toFixed(1)],
  ['took p50 ms', ({ latencyMs }) => latencyMs.p50.toFixed(2)],
  ['p99 ms', ({ latencyMs }) => latencyMs.p99.toFixed(1)],
  ['max ms', ({ latencyMs }) => latencyMs.max.toFixed(0)],
];

/** In bounded mode reads may be old, and so go back from one worker to another, by up to the bound. */
const ALLOWED = new Set(['stale', 'backwards']);

export function table(results: readonly RunResult[]): string {
  const rows: string[][] = [['configuration', 'fault', ...COLUMNS.map(([title]) => title)]];
  for (const { configuration, bounded, phases } of results) {
    for (const phase of phases) {
      const cells = COLUMNS.map(([title, show]) =>
        bounded && ALLOWED.has(title) ? `${show(phase)}*` : show(phase),
      );
      rows.push([configuration, phase.phase, ...cells]);
    }
  }
  rows.push(['all', '', ...totals(results)]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  const notes = [...penaltyLines(results), ...propagationLines(results)];
  if (results.some(({ bounded }) => bounded)) notes.unshift('* allowed in bounded mode, up to the bound');
  return [...lines, '', ...notes].join('\n');
}

export function phaseLine(configuration: string, result: PhaseResult): string {
  const { phase, seconds, reads, writes, stale, backwards, failures, latencyMs } = result;
  const rate = Math.round((reads + writes) / seconds);
  return `${configuration} | ${phase}: ${reads} reads, ${writes} writes in ${seconds.toFixed(1)} s (${rate}/s), stale ${stale}, backwards ${backwards}, failed ${failures}, p99 ${latencyMs.p99.toFixed(1)} ms, max ${latencyMs.max.toFixed(0)} ms`;
}

function totals(results: readonly RunResult[]): string[] {
  const phases = results.flatMap((result) => result.phases);
  const sum = (of: (phase: PhaseResult) => number): string =>
    String(phases.reduce((total, phase) => total + of(phase), 0));
  const strict = (of: (phase: PhaseResult) => number): string =>
    String(
      results
        .filter(({ bounded }) => !bounded)
        .flatMap((result) => result.phases)
        .reduce((total, phase) => total + of(phase), 0),
    );
  return [
    sum(({ strikes }) => strikes),
    sum(({ writes }) => writes),
    sum(({ reads }) => reads),
    strict(({ stale }) => stale),
    strict(({ backwards }) => backwards),
    sum(({ sessions }) => sessions),
    sum(({ lost }) => lost),
    sum(({ twins }) => twins),
    sum(({ failures }) => failures),
    sum(({ broken }) => broken),
  ];
}

/** What trouble with Redis adds to calls, beside the healthy phase of the same run. */
function penaltyLines(results: readonly RunResult[]): string[] {
  return results.flatMap(({ configuration, phases }) => {
    const [healthy] = phases;
    const troubled = phases.filter(({ phase }) => /Redis|FLUSHALL/.test(phase) && phase !== healthy?.phase);
    if (!healthy || troubled.length === 0) return [];
    const worst = (of: (phase: PhaseResult) => number): string =>
      `${of(healthy).toFixed(1)} → ${Math.max(...troubled.map(of)).toFixed(1)} ms`;
    const [p50, p99, max] = (['p50', 'p99', 'max'] as const).map((name) =>
      worst(({ latencyMs }) => latencyMs[name]),
    );
    return [
      `${configuration}: calls take, healthy → worst of ${troubled.length} phases of trouble with Redis: p50 ${p50}, p99 ${p99}, max ${max}`,
    ];
  });
}

function propagationLines(results: readonly RunResult[]): string[] {
  return results.flatMap(({ configuration, propagation }) =>
    propagation === null
      ? []
      : [
          `${configuration}: a write reaches every other worker within ${propagation.p50Ms.toFixed(2)} ms (p50), ${propagation.p99Ms.toFixed(2)} ms (p99), ${propagation.maxMs.toFixed(1)} ms (max of ${propagation.writes} writes)`,
        ],
  );
}
