/** Bodies and answers of messages. */

import { z } from 'zod';
import type { Json } from '../domain/json.js';
import { BATCH_MAX, type Part, ROLES } from '../domain/message.js';
import { FREE_BYTES_MAX, jsonObject, omitting, serverSet } from './json.js';
import { listOf } from './parameters.js';
import { name, person, text, time } from './text.js';
import type { Input, Output } from './types.js';

export type { Part, Role } from '../domain/message.js';

const SERVER_SET = ['seq', 'by', 'at'] as const;

const part = z
  .custom<Part>((value) => isPart(value as Json), 'Must be an object with a string member "type".')
  .meta({
    id: 'Part',
    type: 'object',
    properties: {
      type: {
        type: 'string',
        minLength: 1,
        description: 'text, tool_call, tool_result, file, or another.',
      },
    },
    required: ['type'],
    description: 'text, tool_call, tool_result, file, or any other type; kept as sent.',
  });

export const messageInput = z
  .strictObject({
    id: person.optional().describe('An id of your own; nobody checks that it is the only one.'),
    conversation: name.optional().describe('Which conversation of the taskspace it belongs to.'),
    role: z.enum(ROLES).optional().describe('Who speaks: user, assistant, system or tool.'),
    content: text(FREE_BYTES_MAX, 'The text of the message').optional(),
    parts: z
      .array(part)
      .optional()
      .describe('What the message is made of beside its text: tool calls, results, files.'),
    from: person.optional().describe('Who sent it; without it, who posts it.'),
    to: person.nullable().optional().describe('Whom it is for; null: everybody.'),
    metadata: jsonObject.optional(),
    seq: serverSet,
    by: serverSet,
    at: serverSet,
  })
  .transform(omitting(SERVER_SET))
  .meta({ id: 'MessageInput', description: 'A message to post; every member has a default.' });
export type MessageInput = Input<typeof messageInput>;

export const messageBatch = z
  .strictObject({
    messages: z
      .array(messageInput)
      .min(1, 'At least one message.')
      .max(BATCH_MAX, `At most ${BATCH_MAX} messages.`)
      .describe('They get their seqs in this order.'),
  })
  .meta({ id: 'MessageBatch', description: 'Several messages: all are posted or none.' });

/** One message or a batch. */
export const messagePost = z.union([messageInput, messageBatch]);

export const message = z
  .object({
    seq: z.int().describe('Its number in the log of the taskspace.'),
    id: z.string().describe("The sender's own id, else the seq."),
    conversation: name.describe('Which conversation of the taskspace it belongs to.'),
    role: z.enum(ROLES).describe('Who speaks: user, assistant, system or tool.'),
    content: z.string().describe('The text of the message.'),
    parts: z.array(part).describe('What the message is made of beside its text: tool calls, results, files.'),
    from: z.string().describe('Who sent it; without it, who posts it.'),
    to: z.string().nullable().describe('Whom it is for; null: everybody.'),
    metadata: jsonObject,
    by: z.string().describe('Who did it.'),
    at: time.describe('When: ISO 8601, UTC, milliseconds.'),
  })
  .meta({ id: 'Message', description: 'One message of the log, which is never changed.' });
export type Message = Output<typeof message>;

/** With the last seq of the taskspace at that moment. */
export const messagePage = listOf(message).extend({
  lastSeq: z.int().min(0).describe('The seq of the last message.'),
});
export type MessagePage = Output<typeof messagePage>;

export const conversation = z
  .object({
    conversation: name.describe('Its name.'),
    count: z.int().describe('How many messages it has.'),
    firstSeq: z.int().describe('The seq of its first message.'),
    lastSeq: z.int().min(0).describe('The seq of the last message.'),
    firstAt: time.describe('When its first message was posted.'),
    lastAt: time.describe('When its last message was posted.'),
  })
  .meta({ id: 'Conversation', description: 'The running totals of one conversation.' });
export type Conversation = Output<typeof conversation>;

function isPart(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return typeof value.type === 'string' && value.type.length > 0;
}
