/**
 * Posting what a source holds, in order, so that it can be broken off anywhere and be taken up again: what is
 * there already is found by comparing, entry by entry, and what a message names is put before it.
 */
import type { Client, Message, MessageInput } from '../../src/client/index.js';
import { bytesOf, type DraftArtifact, type Entry } from './draft.js';
import { jsonBytes } from './json-text.js';
import { BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, isPostedAs, PAGE } from './message-log.js';

/** What is held of artifacts before it is put. */
const ARTIFACT_BYTES_MAX = 32 * 1024 * 1024;

/**
 * @param keyBase begins the idempotency keys; it must name this life of the taskspace.
 * @param put brings artifacts that are not there yet.
 */
export async function postEntries(
  client: Client,
  id: string,
  entries: AsyncIterable<Entry>,
  keyBase: string,
  put: (artifacts: readonly DraftArtifact[]) => Promise<void>,
): Promise<void> {
  const posted = client.messages.list(id, { limit: PAGE })[Symbol.asyncIterator]();
  let isBehind = true;
  let position = 0;
  let batch: MessageInput[] = [];
  let bytes = 0;
  let artifacts: DraftArtifact[] = [];

  async function flush(): Promise<void> {
    await put(artifacts);
    if (batch.length > 0) {
      await client.messages.postBatch(id, batch, {
        idempotencyKey: `${keyBase}:${position}+${batch.length}`,
      });
    }
    position += batch.length;
    batch = [];
    bytes = 0;
    artifacts = [];
  }

  for await (const entry of entries) {
    const { message } = entry;
    if (message !== null && isBehind) {
      if (await isAmong(posted, message)) {
        position++;
        continue;
      }
      isBehind = false;
    }
    const size = message === null ? 0 : jsonBytes(message) + 1;
    const isFull = batch.length >= BATCH_MESSAGES_MAX || (batch.length > 0 && bytes + size > BATCH_BYTES_MAX);
    if (isFull || bytesOf(artifacts) > ARTIFACT_BYTES_MAX) await flush();
    if (message !== null) batch.push(message);
    bytes += size;
    artifacts.push(...entry.artifacts);
  }
  await flush();
}

/** Takes posted messages up to this one. Messages that others have posted between them do not count. */
async function isAmong(posted: AsyncIterator<Message>, message: MessageInput): Promise<boolean> {
  for (;;) {
    const { value, done } = await posted.next();
    if (done) return false;
    if (isPostedAs(value, message)) return true;
  }
}
