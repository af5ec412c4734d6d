/**
 * Sessions of Codex (`~/.codex/sessions/…/rollout-*.jsonl`): lines of `{timestamp, type, payload}`. What was
 * said, called and answered are the `response_item`s; `event_msg`s are the same for the screen and count only
 * where there are no items. Also the stream of `codex exec --json`, whose lines are `item.completed` and the
 * like.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import type { Form, FormReader, Taken } from '../form.js';
import { isObject } from '../json-text.js';
import { messageOf } from '../message.js';
import { itemMessages } from './responses.js';

const TYPES = new Set(['session_meta', 'turn_context', 'response_item', 'event_msg', 'compacted']);
const STREAM = /^(thread|turn|item)\.\w+$/;
const SAID: Readonly<Record<string, 'user' | 'assistant'>> = {
  user_message: 'user',
  agent_message: 'assistant',
};

export const codex: Form = {
  name: 'Codex session',
  recognises: (record) => isObject(record) && (isRollout(record) || isStream(record)),
  read: (sample) => new Reader(!sample.some((record) => isObject(record) && record.type === 'response_item')),
};

function isRollout({ type, payload }: JsonObject): boolean {
  return typeof type === 'string' && TYPES.has(type) && isObject(payload);
}

function isStream({ type, item, thread_id, usage }: JsonObject): boolean {
  return (
    typeof type === 'string' &&
    STREAM.test(type) &&
    (isObject(item) || thread_id !== undefined || usage !== undefined)
  );
}

class Reader implements FormReader {
  private session: JsonObject = {};
  private context: JsonObject = {};

  constructor(private readonly hasEventsOnly: boolean) {}

  take(record: Json): Taken {
    if (!isObject(record)) return undefined;
    const { type, payload, ...envelope } = record;
    if (isStream(record)) return streamed(record);
    if (!isObject(payload) || typeof type !== 'string') return undefined;
    const kind = typeof payload.type === 'string' ? `${type} ${payload.type}` : type;
    if (type === 'response_item') return itemMessages(payload, envelope) ?? kind;
    if (type === 'compacted' && typeof payload.message === 'string') {
      return [messageOf({ ...envelope, role: 'system', content: payload.message, type })];
    }
    if (type === 'session_meta') this.session = { ...payload, ...this.session };
    if (type === 'turn_context') this.context = payload;
    if (type === 'event_msg' && this.hasEventsOnly) return this.event(payload, envelope) ?? kind;
    return kind;
  }

  facts() {
    const { session, context } = this;
    return {
      data: {
        ...(Object.keys(session).length > 0 ? { session } : {}),
        ...(Object.keys(context).length > 0 ? { turn_context: context } : {}),
      },
    };
  }

  private event(payload: JsonObject, envelope: JsonObject): MessageInput[] | undefined {
    const { type, message, ...rest } = payload;
    const role = SAID[String(type)];
    if (role === undefined || typeof message !== 'string') return undefined;
    return [messageOf({ ...envelope, ...rest, role, content: message })];
  }
}

/** Items come begun, changed and completed: the last says all. */
function streamed({ type, item }: JsonObject): Taken {
  const kind =
    isObject(item) && typeof item.type === 'string' ? `${String(type)} ${item.type}` : String(type);
  if (type !== 'item.completed' || !isObject(item)) return kind;
  const { type: what, text, id = null, ...rest } = item;
  const name = String(what ?? item.item_type);
  if (name === 'agent_message' || name === 'assistant_message') {
    return [messageOf({ ...rest, id, role: 'assistant', content: text ?? '' })];
  }
  if (name === 'reasoning')
    return [{ role: 'assistant', content: '', parts: [{ ...item, type: 'reasoning' }] }];
  const { aggregated_output, result, exit_code, ...call } = rest;
  const parts: Part[] = [{ type: 'tool_call', id, name, arguments: call }];
  const output = aggregated_output ?? result;
  if (output === undefined) return [{ role: 'assistant', content: '', parts }];
  const failed = typeof exit_code === 'number' && exit_code !== 0 ? { isError: true } : {};
  return [
    { role: 'assistant', content: '', parts },
    {
      role: 'tool',
      content: typeof output === 'string' ? output : '',
      parts: [{ type: 'tool_result', id, result: output, ...failed }],
      metadata: exit_code === undefined ? {} : { exit_code },
    },
  ];
}
