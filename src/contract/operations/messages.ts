/** API.md section 4: messages, with long polls, and conversations. */
import { z } from 'zod';
import { BATCH_MAX, ROLES } from '../../domain/message.js';
import * as is from '../examples.js';
import { conversation, message, messageBatch, messageInput, messagePage, messagePost } from '../messages.js';
import type { Operations } from '../operation.js';
import { integer, listOf, order, page, wait } from '../parameters.js';
import { name, person } from '../text.js';

const MESSAGES = '/api/taskspaces/:id/messages';
const SEQ_MAX = Number.MAX_SAFE_INTEGER;

const listQuery = z
  .strictObject({
    ...page,
    conversation: name.optional().describe('Of this conversation alone.'),
    from: person.optional().describe('From this sender alone.'),
    to: person.optional().describe('To this receiver, or to everybody.'),
    role: z.enum(ROLES).optional().describe('In this role alone.'),
    after: integer(0, SEQ_MAX).optional().describe('What comes after this seq.'),
    before: integer(0, SEQ_MAX).optional().describe('What comes before this seq.'),
    order: order.default('asc').describe('asc or desc.'),
    wait,
  })
  .superRefine((query, { addIssue }) => {
    const hindrance = query.wait > 0 ? hindranceOf(query) : undefined;
    if (hindrance) addIssue({ code: 'custom', path: ['wait'], message: `One cannot wait ${hindrance}.` });
  });

/** New messages come last: only a page that is open at that end can grow. */
function hindranceOf(query: { order: string; before?: number | undefined; cursor?: string | undefined }) {
  if (query.order === 'desc') return 'with order=desc; ask with order=asc and after=<last seq seen>';
  if (query.before !== undefined) return 'with before; leave it out';
  return query.cursor === undefined ? undefined : 'with cursor; go on with after=<last seq seen>';
}

export const messageOperations = {
  postMessages: {
    method: 'post',
    path: MESSAGES,
    tag: 'messages',
    scope: 'write',
    summary: 'Post one message, or {messages: [1–500]}, all or none',
    description:
      'Appends to the log of the taskspace. Messages are never changed or removed; their `seq` counts without a gap.',
    body: {
      schema: messagePost,
      list: { name: 'messages', itemsMax: BATCH_MAX },
      shapeOf: (body) => (Object.hasOwn(body, 'messages') ? messageBatch : messageInput),
    },
    keyed: true,
    answers: {
      201: {
        description: 'The message, or {items} for a batch',
        schema: z.union([
          message,
          z.object({ items: z.array(message).describe('In the order in which they were sent.') }),
        ]),
      },
    },
    example: { body: { content: 'I can see it.', role: 'assistant', from: 'coder' }, answer: is.message },
  },
  listMessages: {
    method: 'get',
    path: MESSAGES,
    tag: 'messages',
    scope: 'read',
    summary: 'Messages by seq; follow a log with after=<last seq seen> and wait',
    description:
      'A page of the log by `seq`. With `after` and `wait` it answers as soon as something new is there, or with an empty page.',
    query: listQuery,
    answers: {
      200: {
        description: 'A page of messages',
        schema: messagePage,
      },
    },
    problems: ['invalid_cursor'],
    example: { query: '?after=0&limit=1', answer: { ...is.page(is.message), lastSeq: 1 } },
  },
  getMessage: {
    method: 'get',
    path: `${MESSAGES}/:seq`,
    tag: 'messages',
    scope: 'read',
    summary: 'One message',
    description: 'A message by its `seq`.',
    answers: { 200: { description: 'The message', schema: message } },
    example: { answer: is.message },
  },
  listConversations: {
    method: 'get',
    path: '/api/taskspaces/:id/conversations',
    tag: 'messages',
    scope: 'read',
    summary: 'Conversations by name',
    description: 'The conversations of the taskspace by name, each with how many messages it has.',
    query: z.strictObject(page),
    answers: { 200: { description: 'A page of conversations', schema: listOf(conversation) } },
    problems: ['invalid_cursor'],
    example: { answer: is.page(is.conversation) },
  },
} satisfies Operations;
