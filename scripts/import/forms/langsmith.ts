/**
 * Runs of LangSmith: `{id, run_type, inputs, outputs, …}`, alone, in a list, or as batches `{post: […],
 * patch: […]}`. Each run is a conversation: what went in, then what came out. Messages are OpenAI's or
 * LangChain's.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { resultText } from '../block.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { conversationNamed, looksLikeMessage, messageOf } from '../message.js';
import { timeOf } from '../time.js';

const TOOLS = new Set(['tool', 'retriever']);
const LISTS_DEPTH_MAX = 3;

export const langsmith: Form = {
  name: 'LangSmith runs',
  isWhole: true,
  recognises: (record) => isObject(record) && (isRun(record) || runsOf(record).some(isRun)),
  read() {
    /**
     * Runs whose inputs are there: a patch that comes later brings the end of a run, often with all the rest
     * again.
     */
    const seen = new Set<string>();
    return {
      take(record) {
        if (!isObject(record)) return undefined;
        const runs = isRun(record) ? [record] : runsOf(record);
        if (runs.length === 0) return undefined;
        const messages = withChildren(runs).flatMap((run) => messagesOf(run, seen));
        return messages.length > 0 ? messages : 'run without a message';
      },
    };
  },
};

function isRun({ run_type, inputs, outputs }: JsonObject): boolean {
  return typeof run_type === 'string' && (inputs !== undefined || outputs !== undefined);
}

function runsOf({ post, patch, runs }: JsonObject): JsonObject[] {
  return [post, patch, runs].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
}

/** Runs, each followed by those that it has called, which an export may have inside of it. */
function withChildren(runs: readonly JsonObject[]): JsonObject[] {
  const all: JsonObject[] = [];
  for (const open = [...runs].reverse(); open.length > 0; ) {
    const { child_runs: children, ...run } = open.pop() ?? {};
    all.push(run);
    if (Array.isArray(children)) open.push(...children.filter(isObject).reverse());
  }
  return all;
}

function messagesOf(run: JsonObject, seen: Set<string>): MessageInput[] {
  const { inputs, outputs, start_time, end_time, ...about } = run;
  const conversation = conversationNamed(run.id ?? run.trace_id ?? run.name);
  const isKnown = conversation !== undefined && seen.has(conversation);
  const asked = isKnown ? [] : said(inputs, 'user', run);
  const answered = said(outputs, 'assistant', run);
  if (conversation !== undefined && asked.length > 0) seen.add(conversation);
  const times = {
    ...(start_time === undefined ? {} : { start_time }),
    ...(end_time === undefined ? {} : { end_time }),
  };
  const others = isObject(inputs) ? without(inputs, ['messages', 'input', 'prompts']) : {};
  const more = Object.keys(others).length > 0 ? { inputs: others } : {};
  const timed = [
    ...asked.map((message) => withTime(message, start_time)),
    ...answered.map((message) => withTime(message, end_time ?? start_time)),
  ];
  return timed.map((message, i) => ({
    ...message,
    metadata:
      i === 0 ? { ...message.metadata, run: { ...about, ...times, ...more } } : (message.metadata ?? {}),
    ...(conversation ? { conversation } : {}),
  }));
}

function said(sent: Json | undefined, role: 'user' | 'assistant', run: JsonObject): MessageInput[] {
  if (sent === undefined || sent === null) return [];
  if (TOOLS.has(String(run.run_type))) return [toolMessage(sent, role, run)];
  const found = messagesIn(sent, role, 0);
  if (found.length > 0) return found;
  if (isObject(sent) && Object.keys(sent).length === 0) return [];
  return [{ role, content: plainText(sent), parts: [{ type: 'data', value: sent }] }];
}

function toolMessage(
  sent: Json,
  role: 'user' | 'assistant',
  { id = null, name = null }: JsonObject,
): MessageInput {
  if (role === 'user') {
    return { role: 'assistant', content: '', parts: [{ type: 'tool_call', id, name, arguments: sent }] };
  }
  const result: Part = { type: 'tool_result', id, result: sent };
  return { role: 'tool', content: plainText(sent), parts: [result] };
}

/** Messages wherever LangChain and OpenAI put them: lists of lists, generations, choices, one alone. */
function messagesIn(sent: Json, role: 'user' | 'assistant', depth: number): MessageInput[] {
  if (depth > LISTS_DEPTH_MAX) return [];
  if (Array.isArray(sent)) return sent.flatMap((item) => messagesIn(item, role, depth + 1));
  if (!isObject(sent)) return [];
  if (looksLikeMessage(sent)) return [messageOf(sent)];
  if (sent.message !== undefined) return messagesIn(sent.message, role, depth + 1);
  for (const list of [sent.messages, sent.generations, sent.choices, sent.input, sent.output]) {
    const found = list === undefined ? [] : messagesIn(list, role, depth);
    if (found.length > 0) return found;
  }
  if (Array.isArray(sent.prompts)) {
    return sent.prompts.flatMap((text) => (typeof text === 'string' ? [{ role, content: text }] : []));
  }
  return typeof sent.text === 'string' ? [{ role, content: sent.text }] : [];
}

function plainText(sent: Json): string {
  const values = isObject(sent) ? Object.values(sent) : [];
  const only = values.length === 1 ? values[0] : undefined;
  return resultText(only) || resultText(sent) || JSON.stringify(sent);
}

function withTime(message: MessageInput, time: Json | undefined): MessageInput {
  const at = timeOf(time);
  if (at === undefined || message.metadata?.at !== undefined) return message;
  return { ...message, metadata: { ...message.metadata, at } };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
