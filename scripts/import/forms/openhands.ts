/**
 * Events of OpenHands: actions `{source, action, args}` and observations `{observation, content, extras,
 * cause}`; in later versions events with a `kind` (`MessageEvent`, `ActionEvent`, `ObservationEvent` …). What
 * the agent does is a tool call, what it sees of it the result.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { argumentsOf, resultText } from '../block.js';
import type { Form, Taken } from '../form.js';
import { isObject } from '../json-text.js';
import { isPerson, messageOf } from '../message.js';
import { timeIn } from '../time.js';

const KIND = /(Event|Observation|Condensation|Request)$/;

export const openhands: Form = {
  name: 'OpenHands events',
  recognises: (record) => isObject(record) && (isAction(record) || isObservation(record) || isKind(record)),
  read: () => ({ take: (record) => (isObject(record) ? read(record) : undefined) }),
};

function isAction({ action, args, source }: JsonObject): boolean {
  return typeof action === 'string' && (isObject(args) || source !== undefined);
}

function isObservation({ observation, content, extras }: JsonObject): boolean {
  return typeof observation === 'string' && (typeof content === 'string' || isObject(extras));
}

function isKind({ kind, source }: JsonObject): boolean {
  return typeof kind === 'string' && KIND.test(kind) && source !== undefined;
}

function read(event: JsonObject): Taken {
  if (isKind(event)) return readKind(event);
  if (isAction(event)) return [action(event)];
  return isObservation(event) ? [observation(event)] : undefined;
}

function action(event: JsonObject): MessageInput {
  const { action: name, args: sent, message, source, id, ...rest } = event;
  const args = isObject(sent) ? sent : {};
  const role =
    source === 'user' ? 'user' : source === 'environment' || name === 'system' ? 'system' : 'assistant';
  if (name === 'message' || name === 'system') {
    const { content, ...others } = args;
    const text = [content, message].find((said) => typeof said === 'string' && said !== '') ?? '';
    return made(event, role, String(text), [], { ...rest, action: name, args: others });
  }
  const said = [args.thought, args.final_thought, message].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const { tool_call_metadata: called, ...others } = rest;
  const tool =
    isObject(called) && typeof called.function_name === 'string' ? called.function_name : String(name);
  const call: Part = { type: 'tool_call', id: callId(called, id), name: tool, arguments: args };
  return made(event, role, String(said ?? ''), [call], {
    ...others,
    action: String(name),
    ...(called === undefined ? {} : { tool_call_metadata: called }),
    ...(message === undefined || message === said ? {} : { message }),
  });
}

function observation(event: JsonObject): MessageInput {
  const {
    observation: name,
    content = '',
    source: _source,
    cause,
    tool_call_metadata: called,
    id: _id,
    ...rest
  } = event;
  const extras = isObject(rest.extras) ? rest.extras : {};
  const inner = isObject(extras.metadata) ? extras.metadata : extras;
  const isFailed =
    name === 'error' ||
    rest.success === false ||
    (typeof inner.exit_code === 'number' && inner.exit_code > 0);
  const result: Part = {
    ...{ type: 'tool_result', id: callId(called, cause), result: content },
    ...(isFailed ? { isError: true } : {}),
  };
  const text = typeof content === 'string' ? content : resultText(content);
  return made(event, 'tool', text, [result], {
    ...rest,
    observation: String(name),
    ...(cause === undefined ? {} : { cause }),
    ...(called === undefined ? {} : { tool_call_metadata: called }),
  });
}

function readKind(event: JsonObject): Taken {
  const { kind, id: _id, source, ...rest } = event;
  if (kind === 'MessageEvent' && isObject(rest.llm_message)) {
    const { llm_message: message, ...others } = rest;
    return [placed(event, messageOf({ ...others, kind, ...message }))];
  }
  if (kind === 'SystemPromptEvent') {
    const { system_prompt: prompt, ...others } = rest;
    return [made(event, 'system', resultText(prompt), [], { ...others, kind })];
  }
  if (kind === 'ActionEvent') {
    const { thought, action: done, tool_name, tool_call_id, tool_call: called, ...others } = rest;
    const inner =
      isObject(called) && isObject(called.function) ? called.function : isObject(called) ? called : {};
    const name = tool_name ?? inner.name ?? (isObject(done) ? done.kind : undefined) ?? null;
    const sent = argumentsOf(inner.arguments ?? done ?? null);
    const call: Part = { type: 'tool_call', id: tool_call_id ?? null, name, arguments: sent };
    return [made(event, 'assistant', resultText(thought), [call], { ...others, kind })];
  }
  const answer = rest.observation ?? rest.error ?? rest.rejection_reason;
  if (answer === undefined) return String(kind);
  const { observation: _observation, error, rejection_reason: _reason, tool_call_id, ...others } = rest;
  const isFailed = error !== undefined || (isObject(answer) && answer.is_error === true);
  const id = tool_call_id ?? rest.action_id ?? null;
  const result: Part = { type: 'tool_result', id, result: answer, ...(isFailed ? { isError: true } : {}) };
  return [
    made(event, source === 'user' ? 'user' : 'tool', resultText(answer), [result], {
      ...others,
      kind: String(kind),
    }),
  ];
}

/** The call's own id, or the event's, by which the observation names its cause. */
function callId(called: Json | undefined, event: Json | undefined): Json {
  const id = isObject(called) ? called.tool_call_id : undefined;
  return id ?? (event === undefined || event === null ? null : String(event));
}

function made(
  event: JsonObject,
  role: 'user' | 'assistant' | 'system' | 'tool',
  content: string,
  parts: Part[],
  metadata: JsonObject,
): MessageInput {
  return placed(event, { role, content, parts, metadata });
}

function placed(event: JsonObject, message: MessageInput): MessageInput {
  const { id, source } = event;
  const at = timeIn(event);
  const own = typeof id === 'number' ? String(id) : id;
  return {
    ...message,
    ...(isPerson(own) ? { id: own } : {}),
    ...(isPerson(source) ? { from: source } : {}),
    metadata: { ...message.metadata, ...(at === undefined ? {} : { at }) },
  };
}
