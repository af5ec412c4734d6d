/**
 * Sessions of Gemini CLI: `messages` of `{id, timestamp, type: "user" | "gemini", content, thoughts,
 * toolCalls}`.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { resultText } from '../block.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { messageOf } from '../message.js';

const ROLES: Readonly<Record<string, string>> = {
  ...{ user: 'user', gemini: 'assistant', info: 'system', error: 'system', warning: 'system' },
};

export const gemini: Form = {
  name: 'Gemini CLI session',
  recognises: (record) =>
    isObject(record) &&
    record.role === undefined &&
    typeof record.type === 'string' &&
    (record.type === 'gemini' || (record.type in ROLES && record.timestamp !== undefined)) &&
    record.content !== undefined,
  read: () => ({
    take: (record) =>
      isObject(record) && ROLES[String(record.type)] !== undefined ? messages(record) : undefined,
  }),
};

function messages({ type, content, thoughts, toolCalls, ...rest }: JsonObject): MessageInput[] {
  const said = messageOf({ ...rest, role: ROLES[String(type)] ?? 'user', content: content ?? '' });
  const thought: Part[] = Array.isArray(thoughts)
    ? thoughts.map((value) => ({ type: 'thinking', value }))
    : [];
  const calls = Array.isArray(toolCalls) ? toolCalls.filter(isObject) : [];
  const first = { ...said, parts: [...thought, ...(said.parts ?? []), ...calls.map(callOf)] };
  const at = said.metadata?.at;
  const answers = calls.filter(({ result, resultDisplay }) => (result ?? resultDisplay) !== undefined);
  return [first, ...answers.map((call) => answerOf(call, at))];
}

function callOf({ id = null, name = null, args = null }: JsonObject): Part {
  return { type: 'tool_call', id, name, arguments: args };
}

function answerOf(
  { id = null, result, resultDisplay, args: _args, ...rest }: JsonObject,
  at: Json | undefined,
): MessageInput {
  const sent = result ?? resultDisplay ?? null;
  const response =
    Array.isArray(sent) && isObject(sent[0]) && isObject(sent[0].functionResponse)
      ? sent[0].functionResponse
      : null;
  const text = resultText(resultDisplay) || resultText(response?.response ?? sent);
  const failed = rest.status === 'error' ? { isError: true } : {};
  return {
    ...{ role: 'tool', content: text, parts: [{ type: 'tool_result', id, result: sent, ...failed }] },
    metadata: { ...rest, ...(at === undefined ? {} : { at }) },
  };
}
