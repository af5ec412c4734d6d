/**
 * The searchable members of a message as numbers: conversation, sender, receiver and role. A block of the log
 * keeps the bloom keys of its messages in a filter, so that a page skips blocks that cannot contain a match.
 *
 * Filters are kept in snapshots: another way to compute bloom keys needs another FOLD_VERSION.
 */
import { DEFAULT_CONVERSATION, type StoredMessage } from './message.js';

type BloomField = 'conversation' | 'from' | 'to' | 'role';

/** 32 bits for a value of a member; `to` null means all receivers. Different values may share a number. */
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
