/**
 * Exports of ChatGPT (`conversations.json`): each conversation a tree of nodes in `mapping`. The branch that
 * ends at `current_node` is the conversation; other branches (edited questions, answers asked for again) are
 * conversations beside it.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';
import { argumentsOf } from '../block.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { conversationNamed, isPerson } from '../message.js';
import { roleNamed } from '../role.js';
import { timeOf } from '../time.js';

export const chatgpt: Form = {
  name: 'ChatGPT export',
  isWhole: true,
  recognises: (record) =>
    isObject(record) && isObject(record.mapping) && Object.values(record.mapping).every(isNode),
  read() {
    const titles: string[] = [];
    return {
      take(record) {
        if (!isObject(record) || !isObject(record.mapping)) return undefined;
        if (titles.length < 2) titles.push(typeof record.title === 'string' ? record.title : '');
        const messages = conversation(record, record.mapping);
        return messages.length > 0 ? messages : 'conversation without a message';
      },
      facts: () => (titles.length === 1 && titles[0] ? { title: titles[0] } : {}),
    };
  },
};

function isNode(node: Json): boolean {
  return isObject(node) && (node.message !== undefined || node.children !== undefined);
}

function conversation(record: JsonObject, mapping: JsonObject): MessageInput[] {
  const { mapping: _mapping, ...about } = record;
  const name = conversationNamed(record.conversation_id ?? record.id ?? record.title) ?? 'conversation';
  const seen = new Set<string>();
  const messages: MessageInput[] = [];
  const parents = parentsOf(mapping);
  let branches = 0;
  for (const end of endsOf(record, mapping, parents)) {
    const branch = pathTo(end, parents, mapping, seen);
    const said = branch.flatMap((id) => nodeMessage(mapping[id]) ?? []);
    if (said.length === 0) continue;
    const conversation =
      branches === 0 ? name : conversationNamed(`${name.slice(0, 110)}:branch-${branches}`);
    branches++;
    messages.push(...said.map((message) => ({ ...message, ...(conversation ? { conversation } : {}) })));
  }
  const [first, ...others] = messages;
  if (first === undefined) return [];
  return [{ ...first, metadata: { ...first.metadata, conversation: about } }, ...others];
}

/** The node above each, which is told from both sides: an export may lack either. */
function parentsOf(mapping: JsonObject): Map<string, string> {
  const parents = new Map<string, string>();
  for (const [id, node] of Object.entries(mapping)) {
    if (!isObject(node)) continue;
    for (const child of Array.isArray(node.children) ? node.children : []) {
      if (typeof child === 'string') parents.set(child, id);
    }
  }
  for (const [id, node] of Object.entries(mapping)) {
    if (isObject(node) && typeof node.parent === 'string') parents.set(id, node.parent);
  }
  return parents;
}

/** Where branches end, the present one first. */
function endsOf({ current_node }: JsonObject, mapping: JsonObject, parents: Map<string, string>): string[] {
  const above = new Set(parents.values());
  const leaves = Object.keys(mapping).filter((id) => !above.has(id));
  const isThere = typeof current_node === 'string' && mapping[current_node] !== undefined;
  const present = isThere ? current_node : (leaves.at(-1) ?? Object.keys(mapping).at(-1));
  return present === undefined ? [] : [present, ...leaves];
}

/** Nodes from the first that no other branch had to the end. A ring of parents ends where it began. */
function pathTo(end: string, parents: Map<string, string>, mapping: JsonObject, seen: Set<string>): string[] {
  const path: string[] = [];
  for (let id: string | undefined = end; id !== undefined && !seen.has(id); id = parents.get(id)) {
    if (!isObject(mapping[id])) break;
    seen.add(id);
    path.push(id);
  }
  return path.reverse();
}

function nodeMessage(node: Json | undefined): MessageInput | undefined {
  if (!isObject(node) || !isObject(node.message)) return undefined;
  const { id, author, create_time, content, recipient, ...rest } = node.message;
  const { role: named, name, ...about } = isObject(author) ? author : {};
  const role = roleNamed(named) ?? 'user';
  const { text, parts, kept } = saidIn(isObject(content) ? content : {});
  const at = timeOf(create_time);
  const toTool = role === 'assistant' && typeof recipient === 'string' && recipient !== 'all';
  if (toTool)
    parts.push({ type: 'tool_call', id: id ?? null, name: recipient, arguments: argumentsOf(text) });
  if (role === 'tool') {
    const tool = typeof name === 'string' ? { name } : {};
    parts.push({ type: 'tool_result', id: node.parent ?? null, ...tool, result: text });
  }
  return {
    ...{ role, content: text, parts },
    ...(isPerson(id) ? { id } : {}),
    metadata: {
      ...rest,
      ...(create_time === undefined ? {} : { create_time }),
      ...(at === undefined ? {} : { at }),
      ...(recipient === undefined || recipient === 'all' ? {} : { recipient }),
      ...(isPerson(name) ? { author: { role: named ?? null, name } } : {}),
      ...(isObject(about.metadata) && Object.keys(about.metadata).length > 0
        ? { author_metadata: about.metadata }
        : {}),
      ...kept,
      parent: node.parent ?? null,
    },
  };
}

/**
 * Text and parts by `content_type`; texts of other types (code, quotes, thoughts) come out of the members
 * they have.
 */
function saidIn(content: JsonObject): { text: string; parts: Part[]; kept: JsonObject } {
  const { content_type: type, parts: sent, ...rest } = content;
  if (Array.isArray(sent)) {
    const texts = sent.flatMap((part) => {
      const text = isObject(part) ? part.text : part;
      return typeof text === 'string' ? [text] : [];
    });
    const isPlain = sent.every((part) => typeof part === 'string');
    const parts = isPlain ? [] : sent.map((part): Part => partOf(part));
    const other = type === 'text' || type === undefined ? {} : { content_type: type };
    return { text: texts.join('\n'), parts, kept: { ...other, ...rest } };
  }
  if (Array.isArray(content.thoughts)) {
    return { text: '', parts: [{ ...content, type: 'thinking' }], kept: {} };
  }
  const text = [content.text, content.result, content.content].find((said) => typeof said === 'string');
  const kept = Object.keys(rest).length > 0 || type !== undefined ? { content } : {};
  return { text: typeof text === 'string' ? text : '', parts: [], kept };
}

function partOf(part: Json): Part {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isObject(part)) return { type: 'unknown', value: part };
  const { content_type: type } = part;
  return { ...part, type: typeof type === 'string' && type !== '' ? type : 'unknown' };
}
