/** API.md section 7: the caches, as one over all workers and Redis. Nothing here may be cached itself. */
import { z } from 'zod';
import {
  cacheHealth,
  cacheKey,
  cacheStats,
  invalidated,
  invalidateInput,
  KEY_MAX,
  warmed,
  warmInput,
} from '../../contract/cache.js';
import { listOf, page } from '../../contract/parameters.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import type { RawHeaders } from '../raw-headers.js';
import { emptyReply, jsonReply } from '../replies.js';

const KEYS = '/api/cache/keys';
const NOT_STORED: RawHeaders = ['Cache-Control', 'no-store'];

const keysQuery = z.strictObject({ ...page, pattern: z.string().max(KEY_MAX).default('*') });
const keyQuery = z.strictObject({ key: z.string().max(KEY_MAX) });

export function cacheEndpoints({ cache }: Service): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/cache/stats',
      operation: 'getCacheStats',
      tag: 'cache',
      summary: 'What the caches of all workers have done; looking is not counted as a hit',
      untagged: true,
      answers: { 200: { description: 'The statistics', schema: cacheStats } },
      handle: async ({ caller }) => jsonReply(await cache.stats(caller), NOT_STORED),
    }),
    endpoint({
      method: 'get',
      path: '/api/cache/health',
      operation: 'getCacheHealth',
      tag: 'cache',
      summary: 'How the store, the tiers, the bus and warming are',
      untagged: true,
      answers: {
        200: { description: 'The store works', schema: cacheHealth },
        503: { description: 'The store is down', schema: cacheHealth },
      },
      async handle({ caller }) {
        const { down, body } = await cache.health(caller);
        return jsonReply(body, NOT_STORED, down ? 503 : 200);
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/cache/invalidate',
      operation: 'invalidateCache',
      tag: 'cache',
      summary: 'Drop entries on all workers and in Redis',
      body: { schema: invalidateInput, form: 'json', limit: 'json' },
      answers: { 200: { description: 'How many were dropped', schema: invalidated } },
      handle: async ({ caller, body }) => jsonReply(await cache.invalidate(caller, body), NOT_STORED),
    }),
    endpoint({
      method: 'post',
      path: '/api/cache/warm',
      operation: 'warmCache',
      tag: 'cache',
      summary: 'Fill the caches ahead of the first reads',
      body: { schema: warmInput, form: 'json', limit: 'json' },
      answers: { 200: { description: 'What was filled, and what failed', schema: warmed } },
      handle: async ({ caller, body }) => jsonReply(await cache.warm(caller, body), NOT_STORED),
    }),
    endpoint({
      method: 'get',
      path: KEYS,
      operation: 'listCacheKeys',
      tag: 'cache',
      summary: 'What is in the caches, by key; pattern is a glob (*, ?)',
      query: keysQuery,
      untagged: true,
      answers: { 200: { description: 'A page of entries', schema: listOf(cacheKey) } },
      problems: ['invalid_cursor'],
      async handle({ caller, query }) {
        const { limit, cursor = null, pattern } = query;
        return jsonReply(await cache.keys(caller, { limit, cursor, pattern }), NOT_STORED);
      },
    }),
    endpoint({
      method: 'delete',
      path: KEYS,
      operation: 'deleteCacheKey',
      tag: 'cache',
      summary: 'Drop one entry on all workers and in Redis',
      query: keyQuery,
      answers: { 204: { description: 'Dropped' } },
      problems: ['not_found'],
      async handle({ caller, query }) {
        await cache.deleteKey(caller, query.key);
        return emptyReply(NOT_STORED);
      },
    }),
  ];
}
