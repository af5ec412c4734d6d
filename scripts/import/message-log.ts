/**
 * Posting a known list of messages so that it can be broken off anywhere and be taken up again: what is there
 * is counted.
 */
import type { Client, Message, MessageInput } from '../../src/client/index.js';
import { jsonBytes } from './json-text.js';

/** The server's bounds of a batch, less what the body around the messages takes. */
export const BATCH_MESSAGES_MAX = 500;
export const BATCH_BYTES_MAX = 15 * 1024 * 1024;
export const PAGE = 500;

/**
 * Posts what is missing of a log, in batches.
 * @param keyBase begins the idempotency keys; it must name this life of the taskspace.
 * @param known how many are there, when that is known; else they are counted.
 */
export async function postMessages(
  client: Client,
  id: string,
  messages: readonly MessageInput[],
  keyBase: string,
  advance: (count: number) => void,
  known?: number,
): Promise<void> {
  const there = known ?? (await countPosted(client, id, messages));
  advance(there);
  for (let position = there; position < messages.length; ) {
    const batch = nextBatch(messages, position);
    await client.messages.postBatch(id, batch, {
      idempotencyKey: `${keyBase}:${position}+${batch.length}`,
    });
    position += batch.length;
    advance(batch.length);
  }
}

/**
 * How many of the messages, from the first on, are there. Messages that others have posted between them do
 * not count.
 */
export async function countPosted(
  client: Client,
  id: string,
  messages: readonly MessageInput[],
): Promise<number> {
  let count = 0;
  for await (const posted of client.messages.list(id, { limit: PAGE })) {
    const next = messages[count];
    if (next === undefined) break;
    if (isPostedAs(posted, next)) count++;
  }
  return count;
}

export function isPostedAs(posted: Message, sent: MessageInput): boolean {
  return (
    posted.content === (sent.content ?? '') &&
    posted.role === (sent.role ?? 'user') &&
    posted.conversation === (sent.conversation ?? 'default') &&
    (sent.from === undefined || posted.from === sent.from)
  );
}

function nextBatch(messages: readonly MessageInput[], position: number): MessageInput[] {
  const batch: MessageInput[] = [];
  let bytes = 0;
  for (const message of messages.slice(position, position + BATCH_MESSAGES_MAX)) {
    bytes += jsonBytes(message) + 1;
    if (batch.length > 0 && bytes > BATCH_BYTES_MAX) break;
    batch.push(message);
  }
  return batch;
}
