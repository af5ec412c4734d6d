/**
 * AutoGen: recorded cassettes, each line a call of a tool with its result (`{tool, args, ok, result}`), and
 * messages of teams (`{source, type: "TextMessage" | "ToolCallRequestEvent" …, content}`).
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { resultText, toolCall } from '../block.js';
import type { Form, FormReader, Taken } from '../form.js';
import { isObject } from '../json-text.js';
import { isPerson, looksLikeMessage, messageOf } from '../message.js';
import { timeIn } from '../time.js';

const TYPE = /(Message|Event)$/;

export const autogen: Form = {
  name: 'AutoGen messages or cassette',
  recognises: (record) => isObject(record) && (isCassette(record) || isTeam(record)),
  read: () => new Reader(),
};

function isCassette({ tool, args, result, error, ok }: JsonObject): boolean {
  return (
    typeof tool === 'string' && args !== undefined && [result, error, ok].some((end) => end !== undefined)
  );
}

function isTeam({ type, source, content, role }: JsonObject): boolean {
  const isTyped = typeof type === 'string' && TYPE.test(type);
  return isTyped && typeof source === 'string' && content !== undefined && role === undefined;
}

class Reader implements FormReader {
  private calls = 0;

  take(record: Json): Taken {
    if (!isObject(record)) return undefined;
    if (isCassette(record)) return this.cassette(record);
    if (isTeam(record)) return [team(record)];
    return looksLikeMessage(record) ? [messageOf(record)] : undefined;
  }

  private cassette(record: JsonObject): MessageInput[] {
    const { tool, args = null, result, error, ok, ...rest } = record;
    this.calls++;
    const id = isPerson(rest.id) ? rest.id : isPerson(rest.call_id) ? rest.call_id : `call-${this.calls}`;
    const at = timeIn(record);
    const metadata = { ...rest, ...(at === undefined ? {} : { at }) };
    const sent = result ?? error ?? null;
    const isFailed = ok === false || (result === undefined && error !== undefined);
    const answer: Part = { type: 'tool_result', id, result: sent, ...(isFailed ? { isError: true } : {}) };
    const kept: JsonObject = {
      ...(ok === undefined ? {} : { ok }),
      ...(error === undefined || error === null || result === undefined ? {} : { error }),
    };
    const text = resultText(sent) || (sent === null ? '' : JSON.stringify(sent));
    return [
      {
        role: 'assistant',
        content: '',
        parts: [{ type: 'tool_call', id, name: tool ?? null, arguments: args }],
        metadata,
      },
      {
        role: 'tool',
        content: text,
        parts: [answer],
        metadata: { ...kept, ...(at === undefined ? {} : { at }) },
      },
    ];
  }
}

function team(record: JsonObject): MessageInput {
  const { content, type, source, ...rest } = record;
  const items = Array.isArray(content) ? content.filter(isObject) : [];
  const isAnswer =
    items.length > 0 && items.every((item) => item.call_id !== undefined && item.content !== undefined);
  const isCall =
    items.length > 0 && items.every((item) => item.arguments !== undefined && item.name !== undefined);
  if (!isAnswer && !isCall) {
    const named = type === 'SystemMessage' ? 'system' : /^user/i.test(String(source)) ? 'user' : 'assistant';
    const images = Array.isArray(content) ? content.map(imageOf) : (content ?? null);
    return messageOf({ ...rest, role: named, from: source ?? null, content: images, type: type ?? null });
  }
  const at = timeIn(record);
  const metadata = { ...rest, type: type ?? null, ...(at === undefined ? {} : { at }) };
  const from = isPerson(source) ? { from: source } : {};
  if (isCall) return { role: 'assistant', content: '', parts: items.map(toolCall), metadata, ...from };
  const parts = items.map(
    ({ call_id, content: result, is_error, ...others }): Part => ({
      ...{ type: 'tool_result', id: call_id ?? null, result: result ?? null },
      ...(is_error === undefined ? {} : { isError: is_error }),
      ...others,
    }),
  );
  return {
    role: 'tool',
    content: items.map((item) => resultText(item.content)).join('\n'),
    parts,
    metadata,
    ...from,
  };
}

/** AutoGen writes an image as its base64 alone. */
function imageOf(item: Json): Json {
  return isObject(item) && item.type === undefined && typeof item.data === 'string'
    ? { type: 'file', mediaType: 'image/png', data: item.data }
    : item;
}
