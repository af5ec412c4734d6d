/** What scripts/redis.mjs gives to the tests. */
import type { Found } from './fetched-program.mjs';

export function findRedis(): Found;
export function redisNotice(): string | null;
