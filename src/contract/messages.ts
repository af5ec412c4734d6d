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
    properties: { type: { type: 'string', minLength: 1 } },
    required: ['type'],
    description: 'text, tool_call, tool_result, file, or any other type; kept as sent.',
  });

export const messageInput = z
  .strictObject({
    id: person.optional(),
    conversation: name.optional(),
    role: z.enum(ROLES).optional(),
    content: text(FREE_BYTES_MAX).optional(),
    parts: z.array(part).optional(),
    from: person.optional(),
    to: person.nullable().optional(),
    metadata: jsonObject.optional(),
    seq: serverSet,
    by: serverSet,
    at: serverSet,
  })
  .transform(omitting(SERVER_SET))
  .meta({ id: 'MessageInput' });
export type MessageInput = Input<typeof messageInput>;

export const messageBatch = z
  .strictObject({
    messages: z
      .array(messageInput)
      .min(1, 'At least one message.')
      .max(BATCH_MAX, `At most ${BATCH_MAX} messages.`),
  })
  .meta({ id: 'MessageBatch' });

/** One message or a batch. */
export const messagePost = z.union([messageInput, messageBatch]);

export const message = z
  .object({
    seq: z.int(),
    id: z.string(),
    conversation: name,
    role: z.enum(ROLES),
    content: z.string(),
    parts: z.array(part),
    from: z.string(),
    to: z.string().nullable(),
    metadata: jsonObject,
    by: z.string(),
    at: time,
  })
  .meta({ id: 'Message' });
export type Message = Output<typeof message>;

/** With the last seq of the taskspace at that moment. */
export const messagePage = listOf(message).extend({ lastSeq: z.int().min(0) });
export type MessagePage = Output<typeof messagePage>;

export const conversation = z
  .object({
    conversation: name,
    count: z.int(),
    firstSeq: z.int(),
    lastSeq: z.int().min(0),
    firstAt: time,
    lastAt: time,
  })
  .meta({ id: 'Conversation' });
export type Conversation = Output<typeof conversation>;

function isPart(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return typeof value.type === 'string' && value.type.length > 0;
}
