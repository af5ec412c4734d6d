/** Tests that need a Redis. */
import { describe, expect, it } from 'vitest';
import { findRedis, redisNotice } from '../../scripts/redis.mjs';

/**
 * Without a redis-server these tests are not run, which the end of `npm test` says loudly; under CI they
 * fail.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  if (findRedis().command !== undefined) describe(name, tests);
  else if (process.env.CI === 'true') describe(name, () => it('has a redis-server', failLoudly));
  else describe.skip(name, tests);
}

function failLoudly(): void {
  expect(redisNotice()).toBeNull();
}
