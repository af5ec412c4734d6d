/**
 * Lines that are a conversation each: examples for fine-tuning (`{messages, tools}`, ShareGPT's
 * `{conversations: [{from, value}]}`, prompt and completion, preferences), requests and answers of models,
 * runs with their history.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput } from '../../../src/contract/messages.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { conversationNamed, looksLikeMessage, messageOf } from '../message.js';
import { claudeCode } from './claude-code.js';
import { openhands } from './openhands.js';
import { itemMessages, responses } from './responses.js';

const LISTS = [
  'messages',
  'conversations',
  'conversation',
  'chat',
  'dialog',
  'dialogue',
  'turns',
  'history',
  'trajectory',
];
const HOLDERS = ['body', 'input', 'request', 'inputs', 'params', 'chat_history'];
const ANSWERS = ['response', 'choices', 'output', 'preferred_output', 'completion', 'chosen'];
const NAMES = ['custom_id', 'conversation_id', 'instance_id', 'session_id'];
const DEPTH_MAX = 4;

export const examples: Form = {
  name: 'list of conversations',
  recognises: (record) => isObject(record) && asked(record).length > 0,
  read() {
    let count = 0;
    return {
      take(record) {
        if (!isObject(record)) return undefined;
        const found = [...asked(record), ...answersIn(record)];
        if (found.length === 0) return undefined;
        count++;
        const id = NAMES.map((name) => record[name]).find((name) => typeof name === 'string');
        const conversation = conversationNamed(id) ?? `example-${count}`;
        const about = besideMessages(record);
        const messages = found.map((message, i) => ({
          ...message,
          conversation,
          metadata: {
            ...message.metadata,
            ...(i === 0 && Object.keys(about).length > 0 ? { conversation: about } : {}),
          },
        }));
        const others = messagesIn(record.non_preferred_output ?? record.rejected ?? null, 'assistant', 0);
        const beside = conversationNamed(`${conversation.slice(0, 110)}:not-preferred`) ?? conversation;
        return [...messages, ...others.map((message) => ({ ...message, conversation: beside }))];
      },
    };
  },
};

/** What a record has beside its messages; of what holds them, the rest. */
function besideMessages(record: JsonObject): JsonObject {
  const entries = Object.entries(record).flatMap(([name, value]): [string, Json][] => {
    if (holdsMessages(name)) return [];
    if (!HOLDERS.includes(name) || !isObject(value)) return [[name, value]];
    const rest = Object.entries(value).filter(([inner]) => !LISTS.includes(inner));
    return rest.length === 0 ? [] : [[name, Object.fromEntries(rest)]];
  });
  return Object.fromEntries(entries);
}

function holdsMessages(name: string): boolean {
  const isAnswer = ANSWERS.includes(name) || name === 'non_preferred_output' || name === 'rejected';
  return LISTS.includes(name) || isAnswer || name === 'prompt';
}

function asked(record: JsonObject): MessageInput[] {
  for (const holder of [record, ...HOLDERS.map((name) => record[name])]) {
    if (Array.isArray(holder)) {
      const found = messagesIn(holder, 'user', 1);
      if (found.length > 0) return found;
    }
    if (!isObject(holder)) continue;
    for (const name of LISTS) {
      const found = Array.isArray(holder[name]) ? messagesIn(holder[name], 'user', 1) : [];
      if (found.length > 0) return found;
    }
  }
  const { prompt, completion, chosen } = record;
  const isPair = typeof prompt === 'string' && [completion, chosen].some((text) => typeof text === 'string');
  return isPair || Array.isArray(prompt) ? messagesIn(prompt ?? null, 'user', 0) : [];
}

function answersIn(record: JsonObject): MessageInput[] {
  return ANSWERS.flatMap((name) => messagesIn(record[name] ?? null, 'assistant', 0));
}

function messagesIn(sent: Json | undefined, role: 'user' | 'assistant', depth: number): MessageInput[] {
  if (sent === undefined || sent === null || depth > DEPTH_MAX) return [];
  if (typeof sent === 'string') return depth === 0 ? [{ role, content: sent }] : [];
  if (Array.isArray(sent)) return sent.flatMap((item) => messagesIn(item, role, depth + 1));
  if (!isObject(sent)) return [];
  if (typeof sent.from === 'string' && typeof sent.value === 'string') {
    const { from, value, ...rest } = sent;
    return [messageOf({ ...rest, role: from, content: value })];
  }
  if (openhands.recognises(sent, null)) return taken(openhands.read([]).take(sent, null));
  if (claudeCode.recognises(sent, null)) return taken(claudeCode.read([]).take(sent, null));
  if (responses.recognises(sent, null)) return [...(itemMessages(sent) ?? [])];
  if (looksLikeMessage(sent)) return [messageOf(sent)];
  const inner = sent.message ?? sent.body ?? sent.choices ?? sent.output;
  return inner === undefined ? [] : messagesIn(inner, role, depth + 1);
}

function taken(found: readonly MessageInput[] | string | undefined): MessageInput[] {
  return typeof found === 'object' ? [...found] : [];
}
