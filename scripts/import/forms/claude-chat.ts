/**
 * Exports of claude.ai (`conversations.json`): conversations with `chat_messages`, each `{sender, text,
 * content, created_at}`.
 */
import type { JsonObject } from '../../../src/contract/json.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { conversationNamed, messageOf } from '../message.js';

export const claudeChat: Form = {
  name: 'claude.ai export',
  isWhole: true,
  recognises: (record) => isObject(record) && Array.isArray(record.chat_messages),
  read() {
    const titles: string[] = [];
    return {
      take(record) {
        if (!isObject(record) || !Array.isArray(record.chat_messages)) return undefined;
        const { chat_messages, ...about } = record;
        if (titles.length < 2) titles.push(typeof record.name === 'string' ? record.name : '');
        const conversation = conversationNamed(record.uuid ?? record.name);
        const messages = chat_messages.filter(isObject).map((message, i) => {
          const made = messageOf(plain(message));
          const metadata = i === 0 ? { ...made.metadata, conversation: about } : made.metadata;
          return { ...made, metadata, ...(conversation ? { conversation } : {}) };
        });
        return messages.length > 0 ? messages : 'conversation without a message';
      },
      facts: () => (titles.length === 1 && titles[0] ? { title: titles[0] } : {}),
    };
  },
};

function plain({ sender, uuid, text, content, ...rest }: JsonObject): JsonObject {
  const hasContent = Array.isArray(content) && content.length > 0;
  return { ...rest, id: uuid ?? null, role: sender ?? 'user', content: hasContent ? content : (text ?? '') };
}
