/** What the person sees: a bar on a terminal, a line for each source otherwise, and a summary. */
import { default as progress, type SingleBar } from 'cli-progress';

export type Outcome = 'made' | 'imported' | 'resumed' | 'replaced' | 'unchanged' | 'changed' | 'failed';

const PASSED: readonly Outcome[] = ['made', 'imported', 'resumed', 'replaced', 'unchanged'];
const ORDER: readonly Outcome[] = [...PASSED, 'changed', 'failed'];
const COLUMN = 10;
/** Where there is no bar, long work is heard of this often. */
const SILENCE_MS_MAX = 30_000;

export interface Report {
  /** The source that is being worked on, and how much of it is done (0–1). */
  working(label: string, fraction: number): void;
  line(outcome: Outcome, label: string, detail: string): void;
  /** So many of which a line each would say nothing. */
  tally(outcome: Outcome, count: number): void;
  note(text: string): void;
  /** Ends the bar, prints the summary. @returns whether everything is on the server. */
  end(): boolean;
}

/**
 * @param weights of the sources by label: their shares of the bar. @param dryRun words lines as what would be
 * done.
 */
export function createReport(
  out: NodeJS.WriteStream,
  weights: ReadonlyMap<string, number>,
  dryRun: boolean,
): Report {
  const counts = new Map<Outcome, number>();
  const held: string[] = [];
  const bar = out.isTTY ? startBar(out, weights) : null;
  let behind = 0;
  let lastHeard = performance.now();

  function print(line: string): void {
    lastHeard = performance.now();
    // Lines would tear the bar; they follow it.
    if (bar) held.push(line);
    else out.write(`${line}\n`);
  }

  return {
    working(label, fraction) {
      bar?.update(behind + (weights.get(label) ?? 0) * fraction, { label });
      if (bar || performance.now() - lastHeard < SILENCE_MS_MAX) return;
      print(`${'working'.padEnd(COLUMN)} ${label}: ${Math.floor(fraction * 100)} %`);
    },
    line(outcome, label, detail) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      behind += weights.get(label) ?? 0;
      bar?.update(behind, { label });
      const word = dryRun && outcome !== 'unchanged' && PASSED.includes(outcome) ? `(${outcome})` : outcome;
      print(`${word.padEnd(COLUMN)} ${label}: ${detail}`);
    },
    tally(outcome, count) {
      if (count > 0) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
    },
    note: (text) => print(`${'note'.padEnd(COLUMN)} ${text}`),
    end() {
      bar?.stop();
      for (const line of held) out.write(`${line}\n`);
      const words = ORDER.filter((outcome) => counts.has(outcome)).map(
        (outcome) => `${counts.get(outcome)} ${outcome}`,
      );
      if (words.length > 0)
        out.write(`${words.join(', ')}${dryRun ? ' (dry run: nothing was written)' : ''}\n`);
      return !counts.has('failed') && !counts.has('changed');
    },
  };
}

function startBar(out: NodeJS.WriteStream, weights: ReadonlyMap<string, number>): SingleBar {
  const bar = new progress.SingleBar({
    stream: out,
    format: '{bar} {percentage}% {label}',
    barsize: 30,
    hideCursor: false,
    stopOnComplete: false,
  });
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  bar.start(Math.max(1, total), 0, { label: '' });
  return bar;
}
