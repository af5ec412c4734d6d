/**
 * The shape of a stored message, written out member by member: nearly every record of a long journal holds
 * one.
 */
import { ROLES, type StoredMessage } from './message.js';
import { isFree, isFreeObject, isMembers } from './shape.js';
import { isName, isPerson } from './value-shapes.js';

/** Null, or the invalid place: as a Check. `seq` is checked where the previous one is known. */
export function messageFault(value: unknown, quick?: boolean): string | null {
  if (!isMembers(value)) return '';
  const { seq, id, conversation, role, content, parts, from, to, metadata } = value as {
    readonly [K in keyof StoredMessage]: unknown;
  };
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return '/seq';
  if (content !== undefined && typeof content !== 'string') return '/content';
  if (role !== undefined && !ROLES.includes(role as (typeof ROLES)[number])) return '/role';
  if (conversation !== undefined && isName(conversation) !== null) return '/conversation';
  if (from !== undefined && isPerson(from) !== null) return '/from';
  if (to !== undefined && isPerson(to) !== null) return '/to';
  if (id !== undefined && isPerson(id) !== null) return '/id';
  if (metadata !== undefined && isFreeObject(metadata, quick) !== null) return '/metadata';
  return parts === undefined ? null : partsFault(parts, quick);
}

function partsFault(parts: unknown, quick?: boolean): string | null {
  if (!Array.isArray(parts)) return '/parts';
  for (const [i, part] of parts.entries()) {
    if (!isMembers(part) || typeof part.type !== 'string' || isFree(part, quick) !== null)
      return `/parts/${i}`;
  }
  return null;
}
