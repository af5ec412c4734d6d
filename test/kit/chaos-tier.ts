/**
 * A tier that misbehaves when told to, around one that does not: for tests of those who use tiers.
 *
 * `miss` and `slow` are what a tier may do at any time. `reject` breaks the port's promise on purpose: who
 * uses tiers may trust that it does not happen, so nothing but their own robustness is tested by it.
 */
import type { Tier, TierHealth, TierKey, TierStats, TierValue } from '../../src/cache/tier.js';

export type Chaos =
  | { readonly kind: 'well' }
  /** Forgets everything it is given, finds nothing. */
  | { readonly kind: 'miss' }
  /** Each call takes so long. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Every call waits for this. */
  | { readonly kind: 'held'; readonly until: Promise<void> }
  /** Each second call finds nothing and keeps nothing. */
  | { readonly kind: 'flapping' }
  | { readonly kind: 'reject' };

export class ChaosTier implements Tier {
  chaos: Chaos = { kind: 'well' };
  /** Calls of `get` and `set` that have begun. */
  calls = 0;

  constructor(private readonly inner: Tier) {}

  get kind(): Tier['kind'] {
    return this.inner.kind;
  }

  get(key: string): Promise<TierValue | null> {
    return this.meet(null, () => this.inner.get(key));
  }

  set(key: string, value: TierValue): Promise<void> {
    return this.meet(undefined, () => this.inner.set(key, value));
  }

  delete(key: string): Promise<boolean> {
    return this.meet(false, () => this.inner.delete(key));
  }

  deleteMatching(pattern: string): Promise<number> {
    return this.meet(0, () => this.inner.deleteMatching(pattern));
  }

  keys(pattern: string, limit: number): Promise<TierKey[]> {
    return this.meet([], () => this.inner.keys(pattern, limit));
  }

  stats(): TierStats {
    return this.inner.stats();
  }

  health(): TierHealth {
    return this.chaos.kind === 'well' ? this.inner.health() : { status: 'down', detail: this.chaos.kind };
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async meet<T>(nothing: T, call: () => Promise<T>): Promise<T> {
    this.calls++;
    const { chaos } = this;
    if (chaos.kind === 'reject') throw new Error('chaos');
    if (chaos.kind === 'miss' || (chaos.kind === 'flapping' && this.calls % 2 === 0)) return nothing;
    if (chaos.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, chaos.delayMs));
    if (chaos.kind === 'held') await chaos.until;
    return call();
  }
}
