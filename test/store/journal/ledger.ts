/**
 * The judge of what writers were told: acknowledged is there once, failed is not there, unknown may be there
 * once, and what is there was asked for. Commits and seqs have no gap.
 *
 * Of calls of the store in one process, without times: test/kit/ledger.ts judges clients by their clock.
 */
import fs from 'node:fs';
import { TaskspaceError } from '../../../src/domain/errors.js';
import { plainFold, seqsIn, textsIn } from './plain-fold.js';

export type Outcome = 'acknowledged' | 'failed' | 'unknown' | 'begun';

export class Ledger {
  readonly outcomes = new Map<string, Outcome>();
  readonly codes = new Map<string, string>();
  /** Set while the power is cut: what is told to nobody is not acknowledged. */
  closed = false;

  async enter(text: string, write: () => Promise<unknown>): Promise<void> {
    if (this.outcomes.has(text)) throw new Error(`the text ${text} was used before`);
    this.outcomes.set(text, 'begun');
    try {
      await write();
      if (!this.closed) this.outcomes.set(text, 'acknowledged');
    } catch (error) {
      if (this.closed) return;
      const code = error instanceof TaskspaceError ? error.code : `not ours: ${String(error)}`;
      this.codes.set(text, code);
      this.outcomes.set(text, code === 'outcome_unknown' ? 'unknown' : 'failed');
    }
  }

  count(outcome: Outcome): number {
    return [...this.outcomes.values()].filter((value) => value === outcome).length;
  }

  /** Every way in which the file contradicts what was told; none when all is well. */
  complaints(file: string): string[] {
    const records = plainFold(fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0));
    const texts = textsIn(records);
    const complaints: string[] = [];
    for (const [text, outcome] of this.outcomes) {
      const times = texts.filter((found) => found === text).length;
      if (outcome === 'acknowledged' && times !== 1)
        complaints.push(`${text} was acknowledged and is there ${times} times`);
      if (outcome === 'failed' && times !== 0)
        complaints.push(`${text} failed (${this.codes.get(text)}) and is there`);
      if (times > 1) complaints.push(`${text} is there ${times} times`);
    }
    for (const text of texts) if (!this.outcomes.has(text)) complaints.push(`nobody wrote ${text}`);
    const commits = records.map(({ commit }) => commit);
    if (commits.some((commit, i) => commit !== i + 1))
      complaints.push(`commits have a gap: ${commits.join(' ')}`);
    const seqs = seqsIn(records);
    if (seqs.some((seq, i) => seq !== i + 1)) complaints.push(`seqs have a gap: ${seqs.join(' ')}`);
    for (const [text, code] of this.codes)
      if (code.startsWith('not ours')) complaints.push(`${text}: ${code}`);
    return complaints;
  }
}
