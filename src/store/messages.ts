/** Pages of a message log, read from the journal at the marks nearest to them: constant time at any place of any log. */

import type { Commit } from '../domain/event.js';
import { type Message, type Role, showMessage } from '../domain/message.js';
import type { Journal } from '../journal/journal.js';
import { markBefore, scan } from '../journal/reader.js';

export interface MessageFilter {
  readonly conversation: string | null;
  readonly from: string | null;
  /** Also lets messages to everybody pass. */
  readonly to: string | null;
  readonly role: Role | null;
}

export interface MessageRange {
  /** Only messages with a greater seq. */
  readonly after: number;
  /** Only messages with a smaller seq. */
  readonly before: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

/** Up to `limit` messages of this life, in order of `seq`. The journal must be present. */
export async function readMessages(
  journal: Journal,
  filter: MessageFilter,
  range: MessageRange,
): Promise<Message[]> {
  const { messages, conversations } = journal.state;
  const conversation = filter.conversation === null ? null : conversations.get(filter.conversation);
  if (conversation === undefined) return [];
  const after = Math.max(range.after, messages.base, (conversation?.firstSeq ?? 0) - 1);
  const before = Math.min(range.before, (conversation?.lastSeq ?? messages.lastSeq) + 1);
  if (after + 1 >= before) return [];
  const wanted = { ...range, after, before };
  return range.order === 'asc' ? ascending(journal, filter, wanted) : descending(journal, filter, wanted);
}

async function ascending(
  journal: Journal,
  filter: MessageFilter,
  { after, before, limit }: MessageRange,
): Promise<Message[]> {
  const found: Message[] = [];
  const { chain } = journal;
  const from = markBefore(chain.marks, (mark) => mark.seq <= after);
  await scan(journal, { chain, from, until: chain.marks.length }, (commit) => {
    for (const message of messagesOf(commit)) {
      if (message.seq >= before || found.length >= limit) return false;
      if (message.seq > after && passes(message, filter)) found.push(message);
    }
    return true;
  });
  return found;
}

/** From the last mark backwards: each stretch between two marks is read forwards and turned round. */
async function descending(
  journal: Journal,
  filter: MessageFilter,
  { after, before, limit }: MessageRange,
): Promise<Message[]> {
  const found: Message[] = [];
  const { chain } = journal;
  for (let i = chain.marks.length - 1; i >= 0 && found.length < limit; i--) {
    const mark = chain.marks[i];
    if (!mark) break;
    if (mark.seq < before - 1) {
      const stretch: Message[] = [];
      await scan(journal, { chain, from: i, until: i + 1 }, (commit) => {
        for (const message of messagesOf(commit)) {
          if (message.seq > after && message.seq < before && passes(message, filter)) stretch.push(message);
        }
        return true;
      });
      found.push(...stretch.reverse());
    }
    if (mark.seq <= after) break;
  }
  return found.slice(0, limit);
}

export function* messagesOf(commit: Commit): Generator<Message> {
  for (const event of commit.events) {
    if (event.type === 'message.posted') yield showMessage(event.message, commit.by, commit.time);
  }
}

export function passes(message: Message, { conversation, from, to, role }: MessageFilter): boolean {
  if (conversation !== null && message.conversation !== conversation) return false;
  if (from !== null && message.from !== from) return false;
  if (to !== null && message.to !== null && message.to !== to) return false;
  return role === null || message.role === role;
}
