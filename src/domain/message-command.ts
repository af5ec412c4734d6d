/** The command on the message log. Pure; see command.ts. */
import { type Decide, requireLive } from './command.js';
import type { Event } from './event.js';
import { keepPieces } from './json-text.js';
import { type MessageInput, storeMessage } from './message.js';
import { postedText } from './message-text.js';

/** Posts all of them in one commit, or none. */
export function postMessages(inputs: readonly MessageInput[]): Decide {
  return (state) => {
    requireLive(state);
    const first = state.messages.lastSeq + 1;
    return inputs.map((input, i) => posted(first + i, input));
  };
}

function posted(seq: number, input: MessageInput): Event {
  const event: Event = { type: 'message.posted', message: storeMessage(seq, input) };
  const text = postedText(seq, input);
  if (text) keepPieces(event, text);
  return event;
}
