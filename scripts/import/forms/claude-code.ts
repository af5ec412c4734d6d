/**
 * Sessions of Claude Code (`~/.claude/projects/…/*.jsonl`) and its `--output-format stream-json`: lines of
 * `{type: "user" | "assistant", message: {role, content}, uuid, timestamp, …}`, among lines of other types.
 * What a subagent does (a side chain) is a conversation of its own.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput } from '../../../src/contract/messages.js';
import type { Form, FormReader } from '../form.js';
import { isObject } from '../json-text.js';
import { conversationNamed, isPerson, messageOf } from '../message.js';

const SUMMARIES_MAX = 50;
const OTHERS = new Set([
  ...[
    'summary',
    'file-history-snapshot',
    'queue-operation',
    'custom-title',
    'ai-title',
    'progress',
    'last-prompt',
  ],
  ...['attachment', 'result', 'stream_event', 'tag', 'agent-name', 'permission-mode', 'pr-link'],
]);
/** Of the whole session, not of one message. */
const SESSION = ['sessionId', 'session_id', 'cwd', 'gitBranch', 'version'] as const;

export const claudeCode: Form = {
  name: 'Claude Code session',
  recognises: (record) =>
    isObject(record) &&
    (isTurn(record) || isSystem(record) || (OTHERS.has(String(record.type)) && record.role === undefined)),
  read: () => new Reader(),
};

function isTurn({ type, message }: JsonObject): boolean {
  return (type === 'user' || type === 'assistant') && (isObject(message) || typeof message === 'string');
}

function isSystem({ type, role, subtype, uuid }: JsonObject): boolean {
  return type === 'system' && role === undefined && (subtype !== undefined || uuid !== undefined);
}

class Reader implements FormReader {
  private readonly session: JsonObject = {};
  private readonly summaries: string[] = [];
  private title: string | undefined;
  /** Conversations of side chains by the uuids of their messages. */
  private readonly chains = new Map<string, string>();

  take(record: Json): readonly MessageInput[] | string | undefined {
    if (!isObject(record)) return undefined;
    for (const name of SESSION) {
      if (this.session[name] === undefined && record[name] !== undefined)
        this.session[name] = record[name] ?? null;
    }
    if (isTurn(record)) return [this.turn(record)];
    if (record.type === 'system') {
      return typeof record.content === 'string'
        ? [this.placed(record, messageOf(systemOf(record)))]
        : 'system';
    }
    if (typeof record.type !== 'string') return undefined;
    const title = record.customTitle ?? record.aiTitle ?? record.title;
    if (typeof title === 'string') this.title = title;
    if (typeof record.summary === 'string' && this.summaries.length < SUMMARIES_MAX)
      this.summaries.push(record.summary);
    return record.type;
  }

  facts() {
    const title = this.title ?? this.summaries.at(-1);
    const summaries = this.summaries.length > 0 ? { summaries: this.summaries } : {};
    return { data: { ...this.session, ...summaries }, ...(title === undefined ? {} : { title }) };
  }

  private turn(record: JsonObject): MessageInput {
    const { type, message, uuid, ...envelope } = record;
    const said: JsonObject = isObject(message) ? message : { content: message ?? null };
    const { role, content, ...inner } = said;
    const made = messageOf({ role: role ?? type ?? null, content: content ?? null, ...envelope });
    const rest = Object.keys(inner).length > 0 ? { message: inner } : {};
    return this.placed(record, { ...made, metadata: { ...made.metadata, ...rest } });
  }

  private placed(record: JsonObject, message: MessageInput): MessageInput {
    const { uuid } = record;
    const conversation = this.conversationOf(record);
    return { ...message, ...(isPerson(uuid) ? { id: uuid } : {}), ...(conversation ? { conversation } : {}) };
  }

  private conversationOf({ isSidechain, agentId, uuid, parentUuid }: JsonObject): string | undefined {
    if (isSidechain !== true) return undefined;
    const above = typeof parentUuid === 'string' ? this.chains.get(parentUuid) : undefined;
    const named = conversationNamed(`agent-${String(agentId ?? uuid ?? 'unnamed')}`);
    const conversation = agentId === undefined ? (above ?? named) : named;
    if (typeof uuid === 'string' && conversation !== undefined) this.chains.set(uuid, conversation);
    return conversation;
  }
}

function systemOf({ uuid: _uuid, ...record }: JsonObject): JsonObject {
  return { ...record, role: 'system' };
}
