/**
 * Trouble with single taskspaces, as the projector meets it: logged once by name, and checked again at
 * growing intervals while the file stays as it is. A long journal that is damaged at its end is not folded
 * every few seconds.
 */
import type { Mark } from '../store/ports.js';

const AGAIN_MS = { first: 5_000, max: 600_000 };
const KEPT_MAX = 10_000;

interface Trouble {
  readonly what: string;
  readonly delayMs: number;
  readonly until: number;
}

export class Troubles {
  private readonly byId = new Map<string, Trouble>();

  constructor(private readonly onTrouble: (error: unknown) => void) {}

  note(id: string, mark: Mark, code: string, error: unknown): void {
    const what = `${code} ${mark}`;
    const before = this.byId.get(id);
    const again = before?.what === what;
    if (!again) this.onTrouble(new Error(`"${id}" is left out (${code}): ${(error as Error).message}`));
    const delayMs = again ? Math.min(AGAIN_MS.max, before.delayMs * 2) : AGAIN_MS.first;
    if (!before && this.byId.size >= KEPT_MAX) return;
    this.byId.set(id, { what, delayMs, until: performance.now() + delayMs });
  }

  over(id: string): void {
    this.byId.delete(id);
  }

  /** Whether a check is due: the file differs from the one in trouble, or the interval is over. */
  isDue(id: string, mark: Mark | null): boolean {
    const trouble = this.byId.get(id);
    if (!trouble || mark === null || !trouble.what.endsWith(` ${mark}`)) return true;
    return performance.now() >= trouble.until;
  }
}
