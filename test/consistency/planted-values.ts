/**
 * A Redis that lies: every derived value of this store is overwritten with garbage, cut short, made endless,
 * or replaced by an older value of the same key, while it is in use. All of these must be misses.
 *
 * Some lies are whole values, made by somebody who knows the format but not the secret of the store.
 */

import type { RedisProcess } from '../../scripts/redis-process.js';
import { encodeValue } from '../../src/cache/stored-value.js';
import { ValueMac } from '../../src/cache/value-mac.js';
import type { Chance } from '../kit/seed.js';

const SCAN_COUNT = 1000;
const LIFE_MS = 60_000;
/** Older values by key without its state, newest last. */
const OLDER_MAX = 5000;
const older = new Map<string, Buffer>();

/** @returns how many values were falsified. */
export async function plantFalseValues(
  redis: RedisProcess,
  storeId: string,
  chance: Chance,
): Promise<number> {
  const [, names] = (await redis.command(
    ...(['SCAN', '0', 'MATCH', `taskspace:v1:${storeId}:c:*`, 'COUNT', SCAN_COUNT] as const),
  )) as [Buffer, Buffer[]];
  let planted = 0;
  for (const name of names.map(String)) {
    const value = (await redis.command('GET', name)) as Buffer | null;
    if (value === null || value.length === 0) continue;
    const key = name.slice(0, name.lastIndexOf('@'));
    const before = older.get(key);
    if (older.size < OLDER_MAX) older.set(key, value);
    const lie = chance.below(6) === 0 ? await forged(name, storeId) : lieAbout(value, before, chance);
    if (lie === null) await redis.command('PERSIST', name);
    else await redis.command('SET', name, lie, 'PX', LIFE_MS, 'XX');
    planted++;
  }
  return planted;
}

/** Null: leave it as it is, but for ever. */
function lieAbout(value: Buffer, before: Buffer | undefined, chance: Chance): Buffer | null {
  switch (chance.below(5)) {
    case 0:
      return Buffer.from(`garbage ${chance.below(1e9)}`);
    case 1:
      return value.subarray(0, chance.below(value.length));
    case 2: {
      const flipped = Buffer.from(value);
      const at = chance.below(value.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << chance.below(8));
      return flipped;
    }
    case 3:
      return null;
    default:
      return before ?? Buffer.from('{}');
  }
}

const FORGER = new ValueMac(Buffer.alloc(32));

async function forged(name: string, storeId: string): Promise<Buffer> {
  const key = name.slice(`taskspace:v1:${storeId}:c:`.length);
  const body = Buffer.from('{"items":[],"nextCursor":null,"forged":true}');
  return (await encodeValue(FORGER, key, false, { body, etag: '"0"', lifeMs: LIFE_MS })) ?? body;
}
