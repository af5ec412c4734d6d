/** API.md section 4: messages, with long polls, and conversations. */
import { z } from 'zod';
import { conversation, message, messagePage, messagePost } from '../../contract/messages.js';
import { integer, listOf, order, page, wait } from '../../contract/parameters.js';
import { name, person } from '../../contract/text.js';
import { ROLES } from '../../domain/message.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { type Wait, withWait } from '../wait.js';

const MESSAGES = '/api/taskspaces/:id/messages';
const SEQ_MAX = Number.MAX_SAFE_INTEGER;

const listQuery = z
  .strictObject({
    ...page,
    conversation: name.optional(),
    from: person.optional(),
    to: person.optional(),
    role: z.enum(ROLES).optional(),
    after: integer(0, SEQ_MAX).optional(),
    before: integer(0, SEQ_MAX).optional(),
    order: order.default('asc'),
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

export function messageEndpoints(service: Service): Endpoint[] {
  const { messages } = service;
  return [
    endpoint({
      method: 'post',
      path: MESSAGES,
      operation: 'postMessages',
      tag: 'messages',
      summary: 'Post one message, or {messages: [1–500]}, all or none',
      body: {
        schema: messagePost,
        form: 'json',
        limit: 'batch',
        isBatch: (body) => 'messages' in body,
      },
      keyed: true,
      answers: {
        201: {
          description: 'The message, or {items} for a batch',
          schema: z.union([message, z.object({ items: z.array(message) })]),
        },
      },
      async handle({ caller, parts, body, key }) {
        const batch = 'messages' in body;
        const posted = batch ? body.messages : [body];
        return writeReply(await messages.post(caller, parts.id, posted, batch, key));
      },
    }),
    endpoint({
      method: 'get',
      path: MESSAGES,
      operation: 'listMessages',
      tag: 'messages',
      summary: 'Messages by seq; follow a log with after=<last seq seen> and wait',
      query: listQuery,
      answers: {
        200: {
          description: 'A page of messages',
          schema: messagePage,
        },
      },
      problems: ['invalid_cursor'],
      async handle(call) {
        const {
          limit,
          order,
          cursor = null,
          conversation = null,
          from = null,
          to = null,
          role = null,
          wait,
        } = call.query;
        const { after = null, before = null } = call.query;
        const query = { limit, cursor, conversation, from, to, role, after, before, order };
        const list = (patience?: Wait) => messages.list(call.caller, call.parts.id, query, patience);
        return readReply(call, await (wait > 0 ? withWait(call.exchange, wait, list) : list()));
      },
    }),
    endpoint({
      method: 'get',
      path: `${MESSAGES}/:seq`,
      operation: 'getMessage',
      tag: 'messages',
      summary: 'One message',
      answers: { 200: { description: 'The message', schema: message } },
      handle: async (call) => readReply(call, await messages.get(call.caller, call.parts.id, call.parts.seq)),
    }),
    endpoint({
      method: 'get',
      path: '/api/taskspaces/:id/conversations',
      operation: 'listConversations',
      tag: 'messages',
      summary: 'Conversations by name',
      query: z.strictObject(page),
      answers: { 200: { description: 'A page of conversations', schema: listOf(conversation) } },
      problems: ['invalid_cursor'],
      async handle(call) {
        const { limit, cursor = null } = call.query;
        return readReply(call, await messages.conversations(call.caller, call.parts.id, { limit, cursor }));
      },
    }),
  ];
}
