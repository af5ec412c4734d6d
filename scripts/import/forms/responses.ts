/**
 * Items of OpenAI's Responses API, as older Codex sessions have them, too: messages, reasoning, calls of
 * tools and what came of them, each an item of its own.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { argumentsOf, resultText } from '../block.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { isPerson, messageOf } from '../message.js';
import { timeIn } from '../time.js';

const CALL = /^(function_call|custom_tool_call|(.+)_call)$/;
const OUTPUT = /_call_output$/;

export const responses: Form = {
  name: 'list of Responses items',
  recognises: (record) => isObject(record) && isItem(record),
  read() {
    let session: JsonObject | undefined;
    return {
      take(record) {
        if (!isObject(record)) return undefined;
        // The first line of older Codex sessions.
        const isSession = record.type === undefined && isPerson(record.id) && record.timestamp !== undefined;
        if (isSession && record.role === undefined) {
          session = { ...record, ...session };
          return 'session';
        }
        return itemMessages(record) ?? otherKind(record);
      },
      facts: () => (session ? { data: { session } } : {}),
    };
  },
};

/** Undefined for an item that says nothing. @param envelope what stands around the item, for the metadata. */
export function itemMessages(
  item: JsonObject,
  envelope: JsonObject = {},
): readonly MessageInput[] | undefined {
  const { type } = item;
  if (type === 'message' || (type === undefined && item.role !== undefined && item.content !== undefined)) {
    const { type: _type, ...message } = item;
    return [messageOf({ ...envelope, ...message })];
  }
  if (type === 'reasoning') return [message('assistant', '', [reasoningPart(item)], {}, item, envelope)];
  if (typeof type !== 'string') return undefined;
  if (OUTPUT.test(type)) return [outputMessage(item, envelope)];
  return CALL.test(type) ? callMessages(type, item, envelope) : undefined;
}

function isItem({
  type,
  call_id,
  role,
  summary,
  encrypted_content,
  action,
  arguments: sent,
}: JsonObject): boolean {
  if (type === 'message') return typeof role === 'string';
  if (type === 'reasoning') return summary !== undefined || encrypted_content !== undefined;
  const isCall = typeof type === 'string' && (CALL.test(type) || OUTPUT.test(type));
  return isCall && (call_id !== undefined || action !== undefined || sent !== undefined);
}

function otherKind({ type, record_type }: JsonObject): string | undefined {
  const kind = type ?? record_type;
  return typeof kind === 'string' ? kind : undefined;
}

function reasoningPart(item: JsonObject): Part {
  const text = [item.summary, item.content]
    .map((texts) => resultText(summaries(texts)))
    .filter((part) => part !== '');
  return { ...item, type: 'reasoning', ...(text.length > 0 ? { text: text.join('\n') } : {}) };
}

/** `summary_text` and `reasoning_text` are texts like any other. */
function summaries(list: Json | undefined): Json {
  if (!Array.isArray(list)) return null;
  return list.map((item) =>
    isObject(item) && typeof item.text === 'string' ? { type: 'text', text: item.text } : item,
  );
}

function callMessages(type: string, item: JsonObject, envelope: JsonObject): MessageInput[] {
  const { call_id, id, name, arguments: sent, input, action, output, type: _type, ...rest } = item;
  const called = call_id ?? id ?? null;
  const tool = name ?? type.replace(/_call$/, '');
  const call: Part = {
    ...{ type: 'tool_call', id: called, name: tool },
    arguments: argumentsOf(sent ?? input ?? action ?? null),
  };
  const messages = [message('assistant', '', [call], rest, item, envelope)];
  if (output === undefined || output === null) return messages;
  const answer: Part = { type: 'tool_result', id: called, result: output };
  return [...messages, message('tool', resultText(output), [answer], {}, item, envelope)];
}

function outputMessage(item: JsonObject, envelope: JsonObject): MessageInput {
  const { call_id, id, output = null, type: _type, ...rest } = item;
  const isFailed = isObject(output) && output.success === false ? { isError: true } : {};
  const answer: Part = { type: 'tool_result', id: call_id ?? id ?? null, result: output, ...isFailed };
  return message('tool', resultText(output), [answer], rest, item, envelope);
}

function message(
  role: 'assistant' | 'tool',
  content: string,
  parts: Part[],
  rest: JsonObject,
  item: JsonObject,
  envelope: JsonObject,
): MessageInput {
  const at = timeIn(envelope) ?? timeIn(item);
  const metadata = { ...envelope, ...rest, ...(at === undefined ? {} : { at }) };
  return { role, content, parts, metadata, ...(isPerson(item.id) ? { id: item.id } : {}) };
}
