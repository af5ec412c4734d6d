/** Messages: what a sender writes, what is stored, and the running totals of a log. */
import type { Json, JsonObject } from './json.js';
import { textOf } from './json-text.js';

export const ROLES = ['user', 'assistant', 'system', 'tool'] as const;
export type Role = (typeof ROLES)[number];
export const BATCH_MAX = 500;
export const DEFAULT_CONVERSATION = 'default';

/** A part is kept as it was sent; only `type` is validated. */
export type Part = { readonly type: string; readonly [key: string]: Json };

export interface MessageInput {
  readonly id?: string | undefined;
  readonly conversation?: string | undefined;
  readonly role?: Role | undefined;
  readonly content?: string | undefined;
  readonly parts?: readonly Part[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | null | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** As stored in an event: members at their default are left out, to keep the log small and readable. */
export interface StoredMessage extends MessageInput {
  readonly seq: number;
}

/** As shown (API.md section 9). */
export interface Message {
  readonly seq: number;
  readonly id: string;
  readonly conversation: string;
  readonly role: Role;
  readonly content: string;
  readonly parts: readonly Part[];
  readonly from: string;
  readonly to: string | null;
  readonly metadata: JsonObject;
  readonly by: string;
  readonly at: string;
}

export interface Conversation {
  readonly conversation: string;
  readonly count: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

export function storeMessage(seq: number, input: MessageInput): StoredMessage {
  const { conversation, role, content, parts, to, metadata } = input;
  return {
    seq,
    ...(input.id === undefined ? {} : { id: input.id }),
    ...(conversation === undefined || conversation === DEFAULT_CONVERSATION ? {} : { conversation }),
    ...(role === undefined || role === 'user' ? {} : { role }),
    ...(content ? { content } : {}),
    ...(parts?.length ? { parts } : {}),
    ...(input.from === undefined ? {} : { from: input.from }),
    ...(to === undefined || to === null ? {} : { to }),
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

export function toMessageJson(stored: StoredMessage, by: string, at: string): Message {
  return {
    seq: stored.seq,
    id: stored.id ?? String(stored.seq),
    conversation: stored.conversation ?? DEFAULT_CONVERSATION,
    role: stored.role ?? 'user',
    content: stored.content ?? '',
    parts: stored.parts ?? [],
    from: stored.from ?? by,
    to: stored.to ?? null,
    metadata: stored.metadata ?? {},
    by,
    at,
  };
}

/** UTF-8 bytes of a message's content and parts: what `summary.messages.bytes` adds up. */
export function messageBytes(message: StoredMessage): number {
  const known = message.parts && textOf(message.parts)?.length;
  const parts = known ?? (message.parts ? Buffer.byteLength(JSON.stringify(message.parts)) : 0);
  return Buffer.byteLength(message.content ?? '') + parts;
}
