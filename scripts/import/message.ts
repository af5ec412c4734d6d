/**
 * A record of any maker as a message: role, text, parts, from, to, conversation, id; when it was made stands
 * in `metadata.at`. Whatever else a record has is in the metadata under its own name.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { MessageInput, Part } from '../../src/contract/messages.js';
import { argumentsOf, type Block, blockOf, resultText, toolCall } from './block.js';
import { isObject } from './json-text.js';
import { roleNamed } from './role.js';
import { timeIn } from './time.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;
const NAME_LENGTH_MAX = 128;
const PERSON_LENGTH_MAX = 128;
const CLASS = /^(\w+)Message(Chunk)?$/;

/** Whether it can be a message by its own members. */
export function looksLikeMessage(value: Json): boolean {
  if (!isObject(value)) return false;
  const record = unwrapped(value);
  if (typeof record.role === 'string') return true;
  if (roleNamed(record.type) !== null) return record.content !== undefined;
  return typeof record.content === 'string';
}

export function messageOf(sent: JsonObject): MessageInput {
  const record = unwrapped(sent);
  const {
    role: sentRole,
    content,
    parts,
    metadata,
    tool_calls,
    tool_call_id,
    tool_call_ids,
    ...more
  } = record;
  const { function_call, id, from, to, conversation, agent, name, source, type, ...others } = more;
  const kept: JsonObject = { ...others };

  const named = sentRole ?? type;
  const said = blocksOf(content);
  const shown = Array.isArray(parts) ? parts.map(blockOf) : [];
  if (parts !== undefined && !Array.isArray(parts)) kept.parts = parts;
  const calls = callsOf(tool_calls, function_call, kept);
  const blocks = [...said, ...shown];
  const role = roleNamed(named) ?? 'user';
  const isAnswer = role === 'tool' || (role === 'user' && isResultsOnly(blocks));
  const text = textOf(content, said, shown, isAnswer);

  if (named !== undefined && named !== (isAnswer ? 'tool' : role))
    kept[sentRole === undefined ? 'type' : 'role'] = named;
  else if (sentRole !== undefined && type !== undefined) kept.type = type;
  if (isObject(metadata)) Object.assign(kept, metadata);
  else if (metadata !== undefined) kept.metadata = metadata;

  const taken: Record<string, Json> = {};
  const take = (member: string, value: Json | undefined, fits: boolean): void => {
    if (value === undefined || value === null) return;
    if (fits && taken[member] === undefined) taken[member] = value;
    else kept[member] = value;
  };
  take('id', id, isPerson(id));
  take('from', from, isPerson(from));
  take('to', to, isPerson(to));
  take('conversation', conversation, typeof conversation === 'string' && NAME.test(conversation));
  for (const [member, value] of Object.entries({ agent, name, source })) {
    if (value === undefined) continue;
    const isSender = isPerson(value) && taken.from === undefined && !(isAnswer && member === 'name');
    if (isSender) taken.from = value;
    else if (value !== null) kept[member] = value;
  }

  const ids = [tool_call_id, ...(Array.isArray(tool_call_ids) ? tool_call_ids : [])].filter(isPresent);
  const hasResult = blocks.some(({ result }) => result !== undefined);
  const isNamedAnswer = role === 'tool' && (typeof ids[0] === 'string' || isPerson(name)) && !hasResult;
  const answer: Part[] = isNamedAnswer
    ? [{ type: 'tool_result', id: ids[0] ?? null, ...(isPerson(name) ? { name } : {}), result: text }]
    : [];
  if (isNamedAnswer && (record.status === 'error' || record.is_error === true))
    Object.assign(answer[0] ?? {}, { isError: true });
  if (ids.length > (isNamedAnswer ? 1 : 0))
    kept[tool_call_ids === undefined ? 'tool_call_id' : 'tool_call_ids'] =
      tool_call_ids ?? tool_call_id ?? null;
  else if (tool_call_ids !== undefined && !Array.isArray(tool_call_ids)) kept.tool_call_ids = tool_call_ids;

  const at = kept.at === undefined ? timeIn(sent) : undefined;
  if (at !== undefined) kept.at = at;
  return {
    role: isAnswer ? 'tool' : role,
    content: text,
    parts: [...blocks.flatMap((block) => block.parts), ...calls, ...answer],
    metadata: kept,
    ...taken,
  };
}

/** A name that a conversation can have, as near as can be; undefined when nothing is left. */
export function conversationNamed(text: Json | undefined): string | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  const name = String(text)
    .replace(/[^A-Za-z0-9._:@-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, NAME_LENGTH_MAX);
  return name === '' ? undefined : name;
}

/** Whether it can stand as `from`, `to` or `id`. */
export function isPerson(value: Json | undefined): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    [...value].length <= PERSON_LENGTH_MAX &&
    !/\p{Cc}/u.test(value)
  );
}

/** LangChain's ways to write a message down: as a constructor with its arguments, and as a type with data. */
function unwrapped(record: JsonObject): JsonObject {
  const { lc, id, kwargs, type, data } = record;
  if (lc !== undefined && isObject(kwargs)) {
    const name = Array.isArray(id) ? id.at(-1) : undefined;
    return withOlderCalls({ type: classOf(name), ...kwargs });
  }
  if (isObject(data) && roleNamed(type) !== null && data.content !== undefined)
    return withOlderCalls({ ...data, type: type ?? null });
  return record.additional_kwargs === undefined ? record : withOlderCalls(record);
}

function withOlderCalls(record: JsonObject): JsonObject {
  const { additional_kwargs: older, tool_calls, ...rest } = record;
  const calls = Array.isArray(tool_calls) && tool_calls.length > 0 ? tool_calls : undefined;
  if (!isObject(older)) return calls ? { ...rest, tool_calls: calls } : rest;
  const { tool_calls: olderCalls, function_call, ...others } = older;
  const called = calls ?? olderCalls;
  return {
    ...rest,
    ...(called === undefined ? {} : { tool_calls: called }),
    ...(function_call === undefined ? {} : { function_call }),
    ...(Object.keys(others).length === 0 ? {} : { additional_kwargs: others }),
  };
}

function classOf(name: Json | undefined): string {
  const text = typeof name === 'string' ? name : '';
  return (CLASS.exec(text)?.[1] ?? text).toLowerCase();
}

function blocksOf(content: Json | undefined): Block[] {
  if (Array.isArray(content)) return content.map(blockOf);
  return isObject(content) && typeof content.type === 'string' ? [blockOf(content)] : [];
}

/** Texts joined by newlines; of a tool's answer what it answered, when nothing is said beside it. */
function textOf(
  content: Json | undefined,
  said: readonly Block[],
  shown: readonly Block[],
  isAnswer: boolean,
): string {
  if (typeof content === 'string' && content !== '') return content;
  const texts = (said.length > 0 ? said : shown).flatMap(({ text }) => text ?? []);
  if (texts.length > 0) return texts.join('\n');
  if (isAnswer) return [...said, ...shown].flatMap(({ result }) => result || []).join('\n');
  const isOther =
    content !== undefined && content !== null && typeof content !== 'string' && said.length === 0;
  return isOther && !Array.isArray(content) ? resultText(content) || JSON.stringify(content) : '';
}

function callsOf(calls: Json | undefined, call: Json | undefined, kept: JsonObject): Part[] {
  const parts: Part[] = [];
  if (Array.isArray(calls)) parts.push(...calls.map(toolCall));
  else if (calls !== undefined && calls !== null) kept.tool_calls = calls;
  if (isObject(call)) {
    const { name = null, arguments: sent = null } = call;
    parts.push({ type: 'tool_call', id: null, name, arguments: argumentsOf(sent) });
  } else if (call !== undefined && call !== null) kept.function_call = call;
  return parts;
}

function isResultsOnly(blocks: readonly Block[]): boolean {
  return blocks.length > 0 && blocks.every(({ result }) => result !== undefined);
}

function isPresent(value: Json | undefined): value is Json {
  return value !== undefined && value !== null;
}
