/** API.md section 7: the caches, as one over all workers and Redis. Nothing here may be cached itself. */

import type { CacheUseCases } from '../../app/admin/cache.js';
import type { cacheOperations } from '../../contract/operations/cache.js';
import type { Handlers } from '../endpoint.js';
import type { RawHeaders } from '../raw-headers.js';
import { emptyReply, jsonReply } from '../replies.js';

const NOT_STORED: RawHeaders = ['Cache-Control', 'no-store'];

export function cacheHandlers(cache: CacheUseCases): Handlers<typeof cacheOperations> {
  return {
    getCacheStats: async ({ caller }) => jsonReply(await cache.stats(caller), NOT_STORED),

    async getCacheHealth({ caller }) {
      const { down, body } = await cache.health(caller);
      return jsonReply(body, NOT_STORED, down ? 503 : 200);
    },

    invalidateCache: async ({ caller, body }) => jsonReply(await cache.invalidate(caller, body), NOT_STORED),

    warmCache: async ({ caller, body }) => jsonReply(await cache.warm(caller, body), NOT_STORED),

    async listCacheKeys({ caller, query }) {
      const { limit, cursor = null, pattern } = query;
      return jsonReply(await cache.keys(caller, { limit, cursor, pattern }), NOT_STORED);
    },

    async deleteCacheKey({ caller, query }) {
      await cache.deleteKey(caller, query.key);
      return emptyReply(NOT_STORED);
    },
  };
}
