/**
 * What one may look for in a message log, as numbers: its conversation, sender, receiver and role. A stretch of log keeps
 * the traits of its messages in a filter, so that a page passes over stretches that cannot hold what it looks for.
 *
 * Filters are kept in snapshots: another way to make traits needs another FOLD_VERSION.
 */
import { DEFAULT_CONVERSATION, type StoredMessage } from './message.js';

type BloomField = 'conversation' | 'from' | 'to' | 'role';

/** 32 bits for a value of a member; `to` null is everybody. Different ones may share a number. */
export function bloomKeyOf(member: BloomField, value: string | null): number {
  let hash = SEEDS[member] + (value === null ? 1 : 0);
  if (value !== null)
    for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), FNV_PRIME);
  // The finaliser of MurmurHash3, by Austin Appleby: spreads what FNV-1a leaves in the low bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function bloomKeysOf(message: StoredMessage, by: string): number[] {
  return [
    bloomKeyOf('conversation', message.conversation ?? DEFAULT_CONVERSATION),
    bloomKeyOf('from', message.from ?? by),
    bloomKeyOf('to', message.to ?? null),
    bloomKeyOf('role', message.role ?? 'user'),
  ];
}

const FNV_PRIME = 0x01000193;
const SEEDS: Readonly<Record<BloomField, number>> = { conversation: 2, from: 4, to: 6, role: 8 };
