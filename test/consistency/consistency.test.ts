/**
 * Nothing stale, on real processes, whatever is done to them and to Redis: the short form of `npm run
 * test:consistency`, with fewer configurations and seconds and the same verdict.
 */
import { expect, it } from 'vitest';
import { seeded } from '../kit/seed.js';
import { describeWithRedis } from '../kit/with-redis.js';
import { type Configuration, SHORT } from './configurations.js';
import { brokenPromises } from './promises.js';
import { type Form, type RunResult, runConfiguration } from './run.js';
import { table } from './table.js';

const FORM: Form = { healthyMs: 1000, faultMs: 1500, reads: [0, 0], propagationWrites: 50, pairs: 300 };
/**
 * What trouble with Redis may add to a call, four times what is promised: other tests run on the same
 * machine.
 */
const PENALTY_MS = 4 * 50;

const [alone, withRedis] = [
  SHORT.filter(({ redis }) => redis === 'none'),
  SHORT.filter(({ redis }) => redis !== 'none'),
];

it.each(alone.map((one) => [one.name, one] as const))('every promise is kept: %s', run);

describeWithRedis('with Redis', () => {
  it.each(withRedis.map((one) => [one.name, one] as const))('every promise is kept: %s', run);
});

async function run(name: string, configuration: Configuration): Promise<void> {
  const result = await runConfiguration(configuration, FORM, seeded(name).seed);
  console.log(table([result]));
  expect(brokenPromises(result)).toEqual([]);
  expect(result.backgroundAnswers).toBeGreaterThan(0);
  expect(result.phases.filter(({ strikes }) => strikes === 0).map(({ phase }) => phase)).toEqual(
    untroubled(result),
  );
  const healthy = result.phases[0]?.latencyMs.p99 ?? 0;
  for (const { phase, latencyMs } of result.phases.filter((one) => one.phase.includes('Redis'))) {
    expect(latencyMs.p99, phase).toBeLessThan(healthy + PENALTY_MS);
  }
}

function untroubled({ phases }: RunResult): string[] {
  return phases.map(({ phase }) => phase).filter((phase) => /^(healthy|write here)/.test(phase));
}
