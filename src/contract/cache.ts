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
  taskspace: taskspaceId.optional(),
  owner: person.optional(),
  kind: kind.optional(),
  pattern: chars(1, KEY_MAX).optional(),
  all: everything.optional(),
}).meta({ id: 'InvalidateInput', minProperties: 1, maxProperties: 1 });
export type InvalidateInput = Output<typeof invalidateInput>;

export const warmInput = exactlyOne({
  taskspaces: z
    .array(taskspaceId)
    .min(1, 'At least one taskspace.')
    .max(WARM_TASKSPACES_MAX, `At most ${WARM_TASKSPACES_MAX} taskspaces.`)
    .optional(),
  owner: person.optional(),
  kinds: z.array(kind).min(1, 'At least one kind.').max(KINDS.length).optional(),
  all: everything.optional(),
}).meta({ id: 'WarmInput', minProperties: 1, maxProperties: 1 });
export type WarmInput = Output<typeof warmInput>;

export const invalidated = z.object({ invalidated: z.int() });

export const warmed = z.object({
  warmed: z.int(),
  failed: z.int(),
  durationMs: z.number(),
  errors: z.array(z.string()).max(20),
});
export type WarmAnswer = Output<typeof warmed>;

export const cacheKey = z
  .object({
    key: z.string(),
    kind,
    tier: z.enum(['l1', 'l2']),
    workers: z.array(z.int()),
    bytes: z.int(),
    ageMs: z.number(),
    ttlMs: z.number(),
  })
  .meta({ id: 'CacheKey' });
export type CacheKey = Output<typeof cacheKey>;

const health = z.object({ status: z.enum(['ok', 'degraded', 'off', 'down']), detail: z.string() });

export const cacheHealth = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    store: health,
    l1: health,
    l2: health,
    bus: health,
    warming: health,
  })
  .meta({ id: 'CacheHealth' });
export type CacheHealth = Output<typeof cacheHealth>;

const figure = z.number().nullable();
const times = { p50Us: figure, p95Us: figure, p99Us: figure };

const tier = z
  .object({
    entries: z.int(),
    bytes: z.int(),
    maxBytes: z.int(),
    hits: z.int(),
    misses: z.int(),
    hitRate: figure,
    evictions: z.object({ size: z.int(), ttl: z.int() }),
    invalidations: z.int(),
    ...times,
  })
  .meta({ id: 'Tier' });
export type Tier = Output<typeof tier>;
/** Null: the tier is off. */
const tiers = { l1: tier.nullable(), l2: tier.nullable() };
const ranking = z.array(z.object({ key: z.string(), n: z.int() })).max(10);

export const cacheStats = z
  .object({
    at: z.string().meta({ format: 'date-time' }),
    mode: z.object({ memory: z.boolean(), redis: z.boolean(), bus: z.string(), consistency: z.string() }),
    tiers: z.object({ ...tiers, store: z.object({ reads: z.int(), ...times }) }),
    kinds: z.record(kind, z.object(tiers)),
    workers: z.array(z.object({ worker: z.int(), l1: tiers.l1 })),
    bus: z.object({
      state: z.string(),
      published: z.int(),
      received: z.int(),
      applied: z.int(),
      gaps: z.int(),
      lagP50Ms: figure,
      lagP99Ms: figure,
    }),
    redis: z.object({ state: z.string(), breaker: z.string(), bytes: z.int().nullable() }),
    staleness: z.object({ samples: z.int(), p99Ms: figure, maxMs: figure }),
    top: z.object({ hits: ranking, misses: ranking, bytes: ranking }),
    warming: z.object({
      lastRunAt: z.string().meta({ format: 'date-time' }).nullable(),
      warmed: z.int(),
      failed: z.int(),
    }),
  })
  .meta({ id: 'CacheStats' });
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
