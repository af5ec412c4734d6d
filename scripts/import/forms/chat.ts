/**
 * Messages as most programs write them down, one a line or in a list: `{role, content}` with `parts`,
 * `tool_calls`, `tool_call_id` and the like, of OpenAI, Anthropic, LangChain, Gemini, Bedrock and user
 * interfaces.
 */
import type { Json, JsonObject } from '../../../src/contract/json.js';
import type { Form } from '../form.js';
import { isObject } from '../json-text.js';
import { looksLikeMessage, messageOf } from '../message.js';
import { itemMessages, responses } from './responses.js';

export const chat: Form = {
  name: 'chat transcript',
  recognises: (record) => isObject(record) && recordIn(record) !== undefined,
  read: () => ({
    take(record) {
      if (!isObject(record)) return undefined;
      const message = recordIn(record);
      if (message !== undefined) return [messageOf(message)];
      // Runs of models that are called by the Responses API have its answers, or their items, between
      // messages.
      if (responses.recognises(record, null)) return itemMessages(record);
      const { output } = record;
      if (record.object !== 'response' || !Array.isArray(output)) return undefined;
      return output.filter(isObject).flatMap((item) => itemMessages(item) ?? []);
    },
  }),
};

/** The message itself, or the one that the record is an envelope of. */
function recordIn(record: JsonObject): JsonObject | undefined {
  if (looksLikeMessage(record) || hasBlocks(record.content)) return record;
  const { message, ...envelope } = record;
  return isObject(message) && looksLikeMessage(message) ? { ...envelope, ...message } : undefined;
}

function hasBlocks(content: Json | undefined): boolean {
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((block) => isObject(block) && block.type !== undefined)
  );
}
