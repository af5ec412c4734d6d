/** The tier that keeps nothing, so that callers need not check whether there is one. */
import type { Tier, TierHealth, TierKey, TierStats, TierValue } from './tier.js';
import { nothingHeld, TierCounts } from './tier-counts.js';

export class NoopTier implements Tier {
  readonly kind = 'noop';
  private readonly counts = new TierCounts();

  async get(key: string): Promise<TierValue | null> {
    this.counts.recordLookup(key, false, performance.now());
    return null;
  }

  async set(_key: string, _value: TierValue): Promise<void> {}

  async delete(_key: string): Promise<boolean> {
    return false;
  }

  async deleteMatching(_pattern: string): Promise<number> {
    return 0;
  }

  async keys(_pattern: string, _limit: number): Promise<TierKey[]> {
    return [];
  }

  stats(): TierStats {
    return this.counts.stats(nothingHeld(), 0);
  }

  health(): TierHealth {
    return { status: 'off', detail: 'switched off' };
  }

  async close(): Promise<void> {}
}
