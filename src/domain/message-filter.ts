/** Which messages of a log are wanted. Pure. */
import type { Commit } from './event.js';
import { type Message, type Role, toMessageJson } from './message.js';

export interface MessageFilter {
  readonly conversation: string | null;
  readonly from: string | null;
  /** Messages to all pass too. */
  readonly to: string | null;
  readonly role: Role | null;
}

/** Passes every message. */
export const EVERY_MESSAGE: MessageFilter = { conversation: null, from: null, to: null, role: null };

export interface MessageRange {
  /** Only messages with a greater seq. */
  readonly after: number;
  /** Only messages with a smaller seq. */
  readonly before: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export function* messagesOf(commit: Commit): Generator<Message> {
  for (const event of commit.events) {
    if (event.type === 'message.posted') yield toMessageJson(event.message, commit.by, commit.time);
  }
}

export function passes(message: Message, { conversation, from, to, role }: MessageFilter): boolean {
  if (conversation !== null && message.conversation !== conversation) return false;
  if (from !== null && message.from !== from) return false;
  if (to !== null && message.to !== null && message.to !== to) return false;
  return role === null || message.role === role;
}
