/** What scripts/redis.mjs gives to the tests. */
export type FoundRedis =
  | { readonly command: string; readonly env: Record<string, string>; readonly reason?: undefined }
  | { readonly command?: undefined; readonly env?: undefined; readonly reason: string };

export function findRedis(): FoundRedis;
export function redisNotice(): string | null;
