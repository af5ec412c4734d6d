/**
 * The suite can turn red: without the step that keeps a promise, the same clients on the same server see it broken. Each
 * mutant is one step taken out (see mutants.mjs).
 */
import { describe, expect, it } from 'vitest';
import { finalState } from '../helpers/final-state.js';
import { seeded } from '../helpers/seed.js';
import { choices } from './choices.js';
import { Client } from './client.js';
import { type Configuration, STALENESS_MS_MAX } from './configurations.js';
import { Notes } from './notes.js';
import { openStage, runConfiguration } from './run.js';
import { type Verdict, verdictOf } from './verdict.js';

const PRELOAD = new URL('./mutants.mjs', import.meta.url);
const HEALTHY = { healthyMs: 2500, faultMs: 0, reads: 0, propagationWrites: 0, pairs: 0 };
const WATCHED_MS = 1500;
const WRITE_EVERY_MS = 20;

const STRICT: Configuration = {
  ...{ name: 'strict', workers: 2, redis: 'none', bounded: false, faults: [] },
  env: {},
};
const BOUNDED: Configuration = {
  ...{ name: 'bounded', workers: 2, redis: 'none', bounded: true, faults: [] },
  env: { BUS: 'none', CONSISTENCY: 'bounded', MAX_STALENESS_MS: String(STALENESS_MS_MAX) },
};

describe('what is seen to be broken', () => {
  it.each([
    ['no stat and no look at the feed', 'unchecked'],
    ['the feed line comes after the answer', 'late-feed-line'],
    ['a fill overwrites an invalidation', 'late-fill'],
    ['a reader joins a load that began before an acknowledgement', 'shared-load'],
  ])('when %s', async (_what, mutant) => {
    const { seed } = seeded(mutant);
    const { phases } = await runConfiguration({ ...STRICT, env: mutantEnv(mutant) }, HEALTHY, seed);
    const [verdict] = phases;
    console.log(mutant, verdict?.shown.slice(0, 3));
    expect((verdict?.stale ?? 0) + (verdict?.backwards ?? 0)).toBeGreaterThan(0);
  });

  it('when in bounded mode nobody looks and no message is heard: then it is older than allowed', async () => {
    const healthy = await watched(BOUNDED);
    const deaf = await watched({ ...BOUNDED, env: { ...BOUNDED.env, ...mutantEnv('deaf') } });
    console.log(`stale by ${healthy.worstMs.toFixed(1)} ms, deaf by ${deaf.worstMs.toFixed(1)} ms`);
    expect(healthy.stale).toBeGreaterThan(0);
    expect(healthy.worstMs).toBeLessThanOrEqual(STALENESS_MS_MAX);
    expect(deaf.worstMs).toBeGreaterThan(STALENESS_MS_MAX);
  });
});

function mutantEnv(mutant: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${PRELOAD.href}`, CONSISTENCY_MUTANT: mutant };
}

/** One worker is written to, the other one only read from. */
async function watched(configuration: Configuration): Promise<Verdict> {
  const { seed } = seeded(configuration.name);
  const stage = await openStage(configuration, choices(seed, 'stage'));
  const { cluster } = stage.scene;
  const notes = new Notes('w', { broken: false });
  const writer = new Client(cluster.port, 1, choices(seed, 'writer'), notes);
  const reader = new Client(cluster.port, 2, choices(seed, 'reader'), notes);
  try {
    await writer.create('t');
    const until = performance.now() + WATCHED_MS;
    await Promise.all([writing(), reading()]);
    return verdictOf(notes.history, finalState(cluster.dataDir, ['t']));

    async function writing(): Promise<void> {
      for (let next = performance.now(); performance.now() < until; next += WRITE_EVERY_MS) {
        await writer.do('patchMetadata', 't');
        await new Promise((resume) => setTimeout(resume, Math.max(0, next - performance.now())));
      }
    }

    async function reading(): Promise<void> {
      while (performance.now() < until) await reader.do('metadata', 't');
    }
  } finally {
    for (const client of [writer, reader]) client.close();
    await stage.close();
  }
}
