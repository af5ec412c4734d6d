/**
 * Workloads A and D: what the caches bring, each line beside what others claim and a floor of the same run.
 */
import { benchCalls } from './cache-calls.js';
import { benchReads, benchStale } from './cache-http.js';
import { benchTiers } from './cache-tiers.js';
import type { Line } from './lines.js';
import type { Figures, Rounds } from './measure.js';

export async function benchCache(rounds: Rounds): Promise<(Figures | Line)[]> {
  const calls = await benchCalls();
  const tiers = await benchTiers();
  const stale = await benchStale();
  return [...calls, ...tiers, ...stale, ...(await benchReads(rounds))];
}
