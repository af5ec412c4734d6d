/** Bodies and answers of the cache calls. */

import { z } from 'zod';
import { chars, person, taskspaceId } from './text.js';
import type { Output } from './types.js';

/** Of a key, and of a glob over keys. */
export const KEY_MAX = 1024;
const WARM_TASKSPACES_MAX = 500;

/** Kinds of results, as caches distinguish them. */
const KINDS = ['detail', 'list', 'search', 'dashboard', 'stats', 'export'] as const;
const kind = z.enum(KINDS);
const everything = z.literal(true, 'Must be true.');

export const invalidateInput = exactlyOne({
  taskspace: taskspaceId.optional().describe('The id of the taskspace.'),
  owner: person.optional().describe('Whose it is.'),
  kind: kind.optional().describe('What kind of result it is.'),
  pattern: chars(1, KEY_MAX).optional().describe('A glob over keys: `*`, `?`.'),
  all: everything.optional().describe('True: everything.'),
}).meta({
  id: 'InvalidateInput',
  minProperties: 1,
  maxProperties: 1,
  description: 'What the caches are to drop: exactly one member.',
});
export type InvalidateInput = Output<typeof invalidateInput>;

export const warmInput = exactlyOne({
  taskspaces: z
    .array(taskspaceId)
    .min(1, 'At least one taskspace.')
    .max(WARM_TASKSPACES_MAX, `At most ${WARM_TASKSPACES_MAX} taskspaces.`)
    .optional()
    .describe('The ids of the taskspaces to load.'),
  owner: person.optional().describe('Whose it is.'),
  kinds: z
    .array(kind)
    .min(1, 'At least one kind.')
    .max(KINDS.length)
    .optional()
    .describe('Kinds of results.'),
  all: everything.optional().describe('True: everything.'),
}).meta({
  id: 'WarmInput',
  minProperties: 1,
  maxProperties: 1,
  description: 'What the caches are to hold: exactly one member.',
});
export type WarmInput = Output<typeof warmInput>;

export const invalidated = z.object({ invalidated: z.int().describe('Entries that were dropped.') });

export const warmed = z.object({
  warmed: z.int().describe('Entries that were made.'),
  failed: z.int().describe('How many have failed.'),
  durationMs: z.number().describe('Milliseconds that it took.'),
  errors: z.array(z.string()).max(20).describe('What went wrong, one by one.'),
});
export type WarmAnswer = Output<typeof warmed>;

export const cacheKey = z
  .object({
    key: z.string().describe('The key of an entry.'),
    kind: kind.describe('What kind of result it is.'),
    tier: z.enum(['l1', 'l2']).describe('l1: the memory of workers; l2: Redis.'),
    workers: z.array(z.int()).describe('The workers, by number.'),
    bytes: z.int().describe('Bytes.'),
    ageMs: z.number().describe('Milliseconds since it was put in.'),
    ttlMs: z.number().describe('Milliseconds that are left of its life.'),
  })
  .meta({ id: 'CacheKey', description: 'One entry of a cache.' });
export type CacheKey = Output<typeof cacheKey>;

const health = z.object({
  status: z.enum(['ok', 'degraded', 'off', 'down']).describe('Its status.'),
  detail: z.string().describe('What is so, in a sentence.'),
});

export const cacheHealth = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']).describe('Its status.'),
    store: health.describe('The files.'),
    l1: health.describe('The memory of the workers; null: it is off.'),
    l2: health.describe('Redis; null: it is off.'),
    bus: health.describe('What wakes the other processes: redis, ipc or none.'),
    warming: health.describe('The warming of caches.'),
  })
  .meta({ id: 'CacheHealth', description: 'How the store, the caches, the bus and the warming are.' });
export type CacheHealth = Output<typeof cacheHealth>;

const figure = z.number().nullable();
const times = {
  p50Us: figure.describe('Microseconds, median; null: nothing was measured.'),
  p95Us: figure.describe('Microseconds, 95th percentile; null: nothing was measured.'),
  p99Us: figure.describe('Microseconds, 99th percentile; null: nothing was measured.'),
};

const tier = z
  .object({
    entries: z.int().describe('How many entries it holds.'),
    bytes: z.int().describe('Bytes.'),
    maxBytes: z.int().describe('The bound that it shares with others; 0: it has none here.'),
    hits: z.int().describe('Looks that found something.'),
    misses: z.int().describe('Looks that found nothing.'),
    hitRate: figure.describe('Hits by all looks, 0 to 1; null: nobody has looked.'),
    evictions: z
      .object({
        size: z.int().describe('For want of room.'),
        ttl: z.int().describe('Because their time was over.'),
      })
      .describe('Entries that went by themselves.'),
    invalidations: z.int().describe('Entries that were dropped because of a change.'),
    ...times,
  })
  .meta({ id: 'Tier', description: 'What one tier of the cache holds and has done.' });
export type Tier = Output<typeof tier>;
/** Null: the tier is off. */
const tiers = {
  l1: tier.nullable().describe('The memory of the workers; null: it is off.'),
  l2: tier.nullable().describe('Redis; null: it is off.'),
};
const ranking = z
  .array(
    z.object({
      key: z.string().describe('The key of an entry.'),
      n: z.int().describe('How often, or how much.'),
    }),
  )
  .max(10);

export const cacheStats = z
  .object({
    at: z.string().meta({ format: 'date-time' }).describe('When: ISO 8601, UTC, milliseconds.'),
    mode: z
      .object({
        memory: z.boolean().describe('Whether the memory of the workers is used as a cache.'),
        redis: z.boolean().describe('Redis, if there is one.'),
        bus: z.string().describe('What wakes the other processes: redis, ipc or none.'),
        consistency: z
          .string()
          .describe('strict: every read is checked; bounded: cached for MAX_STALENESS_MS.'),
      })
      .describe('How the server is set up.'),
    tiers: z
      .object({
        ...tiers,
        store: z
          .object({ reads: z.int().describe('How often the store was read.'), ...times })
          .describe('The files.'),
      })
      .describe('The tiers, the nearest first.'),
    kinds: z.record(kind, z.object(tiers)).describe('Kinds of results.'),
    workers: z
      .array(
        z.object({
          worker: z.int().describe('The number of the worker.'),
          l1: tiers.l1.describe('The memory of the workers; null: it is off.'),
        }),
      )
      .describe('The workers, by number.'),
    bus: z
      .object({
        state: z.string().describe('How it is.'),
        published: z.int().describe('Messages that were sent.'),
        received: z.int().describe('Messages that were heard.'),
        applied: z.int().describe('Messages that told something new.'),
        gaps: z.int().describe('Moments in which messages may have been missed.'),
        lagP50Ms: figure.describe('Milliseconds from sending to hearing, median; null: nothing was heard.'),
        lagP99Ms: figure.describe(
          'Milliseconds from sending to hearing, 99th percentile; null: nothing was heard.',
        ),
      })
      .describe('What wakes the other processes: redis, ipc or none.'),
    redis: z
      .object({
        state: z.string().describe('How it is.'),
        breaker: z.string().describe('closed: Redis is asked; open: it is left alone for a while.'),
        bytes: z.int().nullable().describe('Bytes.'),
      })
      .describe('Redis, if there is one.'),
    staleness: z
      .object({
        samples: z.int().describe('How many were measured.'),
        p99Ms: figure.describe('Milliseconds, 99th percentile; null: nothing was measured.'),
        maxMs: figure.describe('The longest, in milliseconds; null: nothing was measured.'),
      })
      .describe('How late changes were seen.'),
    top: z
      .object({
        hits: ranking.describe('Looks that found something.'),
        misses: ranking.describe('Looks that found nothing.'),
        bytes: ranking.describe('Bytes.'),
      })
      .describe('The first ten.'),
    warming: z
      .object({
        lastRunAt: z
          .string()
          .meta({ format: 'date-time' })
          .nullable()
          .describe('When it last ran; null: never.'),
        warmed: z.int().describe('Entries that were made.'),
        failed: z.int().describe('How many have failed.'),
      })
      .describe('The warming of caches.'),
  })
  .meta({ id: 'CacheStats', description: 'What the caches of the whole server have done since its start.' });
export type CacheStats = Output<typeof cacheStats>;

function exactlyOne<S extends z.ZodRawShape>(shape: S) {
  const names = Object.keys(shape).join(', ');
  return z
    .strictObject(shape)
    .refine(
      (body) => Object.values(body).filter((member) => member !== undefined).length === 1,
      `Send exactly one of ${names}.`,
    );
}
