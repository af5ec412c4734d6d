/** API.md section 4: messages, with long polls, and conversations. */

import type { MessageUseCases } from '../../app/messages/messages.js';
import type { messageOperations } from '../../contract/operations/messages.js';
import type { Handlers } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { type Wait, withWait } from '../wait.js';

export function messageHandlers(messages: MessageUseCases): Handlers<typeof messageOperations> {
  return {
    async postMessages({ caller, parts, body, key }) {
      const batch = 'messages' in body;
      const posted = batch ? body.messages : [body];
      return writeReply(await messages.post(caller, parts.id, posted, batch, key));
    },

    async listMessages(call) {
      const {
        limit,
        order,
        cursor = null,
        conversation = null,
        from = null,
        to = null,
        role = null,
        wait,
      } = call.query;
      const { after = null, before = null } = call.query;
      const query = { limit, cursor, conversation, from, to, role, after, before, order };
      const list = (patience?: Wait) => messages.list(call.caller, call.parts.id, query, patience);
      return readReply(call, await (wait > 0 ? withWait(call.exchange, wait, list) : list()));
    },

    getMessage: async (call) =>
      readReply(call, await messages.get(call.caller, call.parts.id, call.parts.seq)),

    async listConversations(call) {
      const { limit, cursor = null } = call.query;
      return readReply(call, await messages.conversations(call.caller, call.parts.id, { limit, cursor }));
    },
  };
}
