/**
 * Pages of messages, and waiting for one. Who waits looks for himself once, and from then on shares: one telling makes one
 * read of what came since, for all who wait on this taskspace with whatever filter, and one body for all who asked the
 * same. What did not pass is not looked at again.
 */
import { requireLive } from '../domain/command.js';
import { TaskspaceError } from '../domain/errors.js';
import type { Message } from '../domain/message.js';
import { passes } from '../store/messages.js';
import type { TaskspaceFolder } from '../store/taskspace-folder.js';
import type { ReadAnswer } from './answer.js';
import { bodyTag, tierOf, type UseCaseContext } from './context.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { MessageQuery } from './service.js';
import type { Patience, Watch } from './waiters.js';

export const EVERYTHING = { conversation: null, from: null, to: null, role: null };

/** As shown. `lastSeq` is the last one there was before the page was read, or in it. */
export interface MessagePage {
  readonly items: readonly Message[];
  readonly nextCursor: string | null;
  readonly lastSeq: number;
}

/** The present state must be live. Errors: 400 `invalid_cursor`. */
export async function readPage(
  folder: TaskspaceFolder,
  id: string,
  query: MessageQuery,
): Promise<MessagePage> {
  const list = listName(id, query);
  const place = decodeCursor<number>(list, query.cursor, 'number');
  const ascends = query.order === 'asc';
  const after = ascends && place !== null ? place : (query.after ?? 0);
  const before = !ascends && place !== null ? place : (query.before ?? Number.MAX_SAFE_INTEGER);
  const { lastSeq } = folder.state.messages;
  const found = await folder.messages(query, { after, before, order: query.order, limit: query.limit + 1 });
  return showPage(list, query.limit, found, lastSeq);
}

/**
 * The page when something passes, else as soon as something does, else an empty one when patience is over. `query` is in
 * ascending order, without `before` and `cursor`. Errors: 404 as soon as the taskspace is deleted.
 */
export async function waitForPage(
  context: UseCaseContext,
  id: string,
  query: MessageQuery,
  patience: Patience,
): Promise<ReadAnswer> {
  const own = (): Promise<Look> => lookAt(context, id, (folder) => readPage(folder, id, query));
  let before: Look | null = null;
  const answer = await context.waiters.until(id, 'messages', patience, async (watch) => {
    const look: Look =
      before === null ? await own() : await lookOnwards(context, id, query, before, watch, own);
    if (before !== null && look.life !== before.life) throw ended(id);
    before = look;
    return { value: look, done: look.page.items.length > 0 };
  });
  answer.rendered ??= render(answer);
  return answer.rendered;
}

/** One look at the log, shared by whoever asked the same. */
interface Look {
  readonly page: MessagePage;
  /** Tag of the commit that began the taskspace's life. */
  readonly life: string;
  readonly hit: boolean;
  rendered?: ReadAnswer;
}

/** What came after `from`: all of it, unless it is more than TAIL_MAX messages. */
interface Tail extends Look {
  readonly pages: Map<string, Look>;
}

/** Above this many new messages each query reads for itself. */
const TAIL_MAX = 500;

async function lookOnwards(
  context: UseCaseContext,
  id: string,
  query: MessageQuery,
  before: Look,
  watch: Watch,
  own: () => Promise<Look>,
): Promise<Look> {
  const from = before.page.lastSeq;
  const tail = await watch.share<Tail>(`after ${from}`, () => readTail(context, id, from));
  const { page, life, hit } = tail;
  const list = listName(id, query);
  const key = JSON.stringify([list, query.limit]);
  // The log of a journal that was put back from a copy may have become shorter.
  if (page.nextCursor !== null || page.lastSeq < from) return watch.share(key, own);
  const known = tail.pages.get(key);
  if (known) return known;
  const found = page.items.filter((message) => message.seq > (query.after ?? 0) && passes(message, query));
  const look = { page: showPage(list, query.limit, found, page.lastSeq), life, hit };
  if (found.length > 0) tail.pages.set(key, look);
  return look;
}

async function readTail(context: UseCaseContext, id: string, from: number): Promise<Tail> {
  const query = {
    ...EVERYTHING,
    after: from,
    before: null,
    order: 'asc',
    limit: TAIL_MAX,
    cursor: null,
  } as const;
  return { ...(await lookAt(context, id, (folder) => readPage(folder, id, query))), pages: new Map() };
}

function lookAt(
  { l1 }: UseCaseContext,
  id: string,
  read: (folder: TaskspaceFolder) => Promise<MessagePage>,
): Promise<Look> {
  return l1.use(id, async ({ folder }, hit) => {
    requireLive(folder.state);
    const life = folder.state.bornTag;
    return { page: await read(folder), life, hit };
  });
}

function showPage(list: unknown[], limit: number, found: readonly Message[], lastSeq: number): MessagePage {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = found.length > items.length && last ? encodeCursor(list, last.seq) : null;
  // Read before the page: a message that came in between is found by whoever goes on after the last one seen.
  return { items, nextCursor, lastSeq: Math.max(lastSeq, ...items.map(({ seq }) => seq)) };
}

function render({ page, hit }: Look): ReadAnswer {
  const body = Buffer.from(JSON.stringify(page));
  return { body, etag: bodyTag(body), cache: tierOf(hit) };
}

function listName(
  id: string,
  { conversation, from, to, role, after, before, order }: MessageQuery,
): unknown[] {
  return ['messages', id, conversation, from, to, role, after, before, order];
}

function ended(id: string): TaskspaceError {
  return new TaskspaceError(
    'not_found',
    `"${id}" was deleted while you waited; another one was made under its id.`,
  );
}
