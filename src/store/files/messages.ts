/**
 * Pages of a message log, read from the journal by its sparse index: constant time at any place of any log.
 */

import { bloomKeyOf } from '../../domain/bloom-keys.js';
import type { Commit } from '../../domain/event.js';
import { DEFAULT_CONVERSATION, type Message } from '../../domain/message.js';
import { type MessageFilter, type MessageRange, messagesOf, passes } from '../../domain/message-filter.js';
import { hasLineEnds } from '../../platform/one-line.js';
import type { Journal } from './journal/journal.js';
import { type Block, blockOf, reading } from './journal/reader.js';

/** Up to `limit` messages of this generation, in order of `seq`. The journal must be caught up. */
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
  if (after + 1 >= before || range.limit < 1) return [];
  const wanted = { ...range, after, before };
  return range.order === 'asc' ? ascending(journal, filter, wanted) : descending(journal, filter, wanted);
}

async function ascending(journal: Journal, filter: MessageFilter, range: MessageRange): Promise<Message[]> {
  const { after, before, limit } = range;
  const found: Message[] = [];
  const visit = (commit: Commit): boolean => {
    for (const message of messagesOf(commit)) {
      if (message.seq >= before) return false;
      if (message.seq > after && passes(message, filter)) found.push(message);
      if (found.length === limit) return false;
    }
    return true;
  };
  const recent = journal.folded.recent.afterMessage(after);
  if (recent) {
    recent.every(visit);
    return found;
  }
  const prefilter = prefilterOf(filter);
  const blocks = blocksBetween(journal, filter, range);
  return reading(journal, async (scan) => {
    for (const block of blocks) if (!(await scan(block, visit, prefilter))) break;
    return found;
  });
}

/** Each block is read forwards and reversed, the last block first. */
function descending(journal: Journal, filter: MessageFilter, range: MessageRange): Promise<Message[]> {
  const { after, before, limit } = range;
  const found: Message[] = [];
  const prefilter = prefilterOf(filter);
  const blocks = blocksBetween(journal, filter, range);
  return reading(journal, async (scan) => {
    for (const block of blocks) {
      const inStretch: Message[] = [];
      await scan(
        block,
        (commit) => {
          for (const message of messagesOf(commit)) {
            if (message.seq >= before) return false;
            if (message.seq > after && passes(message, filter)) inStretch.push(message);
          }
          return true;
        },
        prefilter,
      );
      found.push(...inStretch.reverse());
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  });
}

/** The blocks that may hold matching messages of this range, in the requested order. */
function* blocksBetween(
  { folded }: Journal,
  filter: MessageFilter,
  { after, before, order }: MessageRange,
): Generator<Block> {
  const { row } = folded.index;
  const { lastSeq } = folded.state.messages;
  const bloomKeys = bloomKeysWanted(filter);
  const first = row.lastBefore(({ seq }) => seq <= after);
  const last = row.lastBefore(({ seq }) => seq < before - 1);
  const step = order === 'asc' ? 1 : -1;
  for (let i = order === 'asc' ? first : last; i >= first && i <= last; i += step) {
    const begins = row.at(i)?.seq ?? 0;
    const ends = row.at(i + 1)?.seq ?? lastSeq;
    if (ends <= Math.max(begins, after) || !row.mayHold(i, bloomKeys)) continue;
    const block = blockOf(folded, row, i, i + 1);
    if (block) yield block;
  }
}

/** A block must have one key of each of these sets. */
function bloomKeysWanted({ conversation, from, to, role }: MessageFilter): number[][] {
  return [
    ...(conversation === null ? [] : [[bloomKeyOf('conversation', conversation)]]),
    ...(from === null ? [] : [[bloomKeyOf('from', from)]]),
    ...(to === null ? [] : [[bloomKeyOf('to', to), bloomKeyOf('to', null)]]),
    ...(role === null ? [] : [[bloomKeyOf('role', role)]]),
  ];
}

/** Texts in the line of every record that matches: see `storeMessage`, and `from`, which may be `by`. */
function prefilterOf({ conversation, from, role }: MessageFilter): Buffer[] {
  const texts = [
    ...(conversation === null || conversation === DEFAULT_CONVERSATION ? [] : [conversation]),
    ...(from === null ? [] : [from]),
    ...(role === null || role === 'user' ? [] : [role]),
  ];
  // The others are raw in lines of earlier versions, and escaped in later ones.
  const sure = texts.filter((text) => !hasLineEnds(text));
  return [MESSAGE_POSTED, ...sure.map((text) => Buffer.from(JSON.stringify(text)))];
}

const MESSAGE_POSTED = Buffer.from('"message.posted"');
