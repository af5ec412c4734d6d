/** Which promises a run has broken, one line each; empty when all were kept. */
import { STALENESS_MS_MAX } from './configurations.js';
import type { PhaseResult } from './phase.js';
import type { RunResult } from './run.js';

export function brokenPromises({ configuration, bounded, phases }: RunResult): string[] {
  return phases.flatMap((phase) => {
    const found = bounded ? ofBounded(phase) : ofStrict(phase);
    if (phase.reads === 0) found.push('nothing was read');
    if (found.length === 0) return [];
    const shown = [...phase.shown, ...phase.failuresShown].map((line) => `  ${line}`);
    return [`${configuration} | ${phase.phase}: ${found.join(', ')}`, ...shown];
  });
}

function ofStrict(phase: PhaseResult): string[] {
  const { stale, backwards } = phase;
  return [...named({ stale, backwards }), ...ofBoth(phase)];
}

/** Between two workers reads may go back by as much as they may be old; what one client sees may not. */
function ofBounded(phase: PhaseResult): string[] {
  const late =
    phase.worstMs > STALENESS_MS_MAX ? [`stale by ${phase.worstMs.toFixed(1)} ms: more than allowed`] : [];
  return [...late, ...ofBoth(phase)];
}

function ofBoth({ sessions, lost, twins, failures }: PhaseResult): string[] {
  return named({ 'broken sessions': sessions, 'lost or wrong': lost, twins, failures });
}

function named(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
}
