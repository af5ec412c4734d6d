/** The command on the message log. Pure; see command.ts. */
import { type Decide, requireLive } from './command.js';
import { type MessageInput, storeMessage } from './message.js';

/** Posts all of them in one commit, or none. */
export function postMessages(inputs: readonly MessageInput[]): Decide {
  return (state) => {
    requireLive(state);
    const first = state.messages.lastSeq + 1;
    return inputs.map((input, i) => ({ type: 'message.posted', message: storeMessage(first + i, input) }));
  };
}
