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
} from '../cache.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { listOf, page } from '../parameters.js';

const KEYS = '/api/cache/keys';

const keysQuery = z.strictObject({
  ...page,
  pattern: z.string().max(KEY_MAX).default('*').describe('A glob over keys: `*`, `?`.'),
});

const keyQuery = z.strictObject({ key: z.string().max(KEY_MAX).describe('The key of one entry.') });

export const cacheOperations = {
  getCacheStats: {
    method: 'get',
    path: '/api/cache/stats',
    tag: 'cache',
    scope: 'read',
    summary: 'What the caches of all workers have done; looking is not counted as a hit',
    description: 'Of the whole server and of each worker. Looking is not counted.',
    untagged: true,
    answers: { 200: { description: 'The statistics', schema: cacheStats } },
    example: { answer: is.cacheStats },
  },
  getCacheHealth: {
    method: 'get',
    path: '/api/cache/health',
    tag: 'cache',
    scope: 'read',
    summary: 'How the store, the tiers, the bus and warming are',
    description: 'Whether what answers faster than the store does so. Without it all answers come, later.',
    untagged: true,
    answers: {
      200: { description: 'The store works', schema: cacheHealth },
      503: { description: 'The store is down', schema: cacheHealth },
    },
    example: { answer: is.cacheHealth },
  },
  invalidateCache: {
    method: 'post',
    path: '/api/cache/invalidate',
    tag: 'cache',
    scope: 'admin',
    summary: 'Drop entries on all workers and in Redis',
    description: 'Drops entries on all workers and in Redis. Answers are right without it.',
    body: { schema: invalidateInput },
    answers: { 200: { description: 'How many were dropped', schema: invalidated } },
    example: { body: { taskspace: 'fix-dates' }, answer: { invalidated: 3 } },
  },
  warmCache: {
    method: 'post',
    path: '/api/cache/warm',
    tag: 'cache',
    scope: 'admin',
    summary: 'Fill the caches ahead of the first reads',
    description: 'Makes entries before anybody asks for them.',
    body: { schema: warmInput },
    answers: { 200: { description: 'What was filled, and what failed', schema: warmed } },
    example: { body: { owner: 'ann' }, answer: { warmed: 4, failed: 0, durationMs: 12.5, errors: [] } },
  },
  listCacheKeys: {
    method: 'get',
    path: KEYS,
    tag: 'cache',
    scope: 'admin',
    summary: 'What is in the caches, by key; pattern is a glob (*, ?)',
    description: 'Entries by key, or one with what it was made from.',
    query: keysQuery,
    untagged: true,
    answers: { 200: { description: 'A page of entries', schema: listOf(cacheKey) } },
    problems: ['invalid_cursor'],
    example: { query: '?pattern=detail:fix-dates:*', answer: is.page(is.cacheKey) },
  },
  deleteCacheKey: {
    method: 'delete',
    path: KEYS,
    tag: 'cache',
    scope: 'admin',
    summary: 'Drop one entry on all workers and in Redis',
    description: 'Drops one entry on all workers and in Redis.',
    query: keyQuery,
    answers: { 204: { description: 'Dropped' } },
    problems: ['not_found'],
    example: { query: '?key=detail:fix-dates:summary' },
  },
} satisfies Operations;
