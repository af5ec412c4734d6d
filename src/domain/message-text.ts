/** Long messages as text, serialised before their commit's turn. */
import { keepText, textOf } from './json-text.js';
import { type MessageInput, storeMessage } from './message.js';

const SEQ_BEGINS = '{"seq":0';

/**
 * Serialises a long message before it is posted: its event then only has to be numbered.
 * @param inLine makes JSON as it is written in a journal's line.
 */
export function prepareMessage(input: MessageInput, inLine: (json: string) => string): void {
  const { parts } = input;
  if (parts !== undefined && parts.length > 0) keepText(parts, Buffer.from(JSON.stringify(parts)));
  const stored = inLine(JSON.stringify(storeMessage(0, input)));
  keepText(input, Buffer.from(stored.slice(SEQ_BEGINS.length)));
}

/** The event's text for a message that was prepared; undefined for others. */
export function postedText(seq: number, input: MessageInput): Buffer[] | undefined {
  const rest = textOf(input);
  return rest && [Buffer.from(`{"type":"message.posted","message":{"seq":${seq}`), rest, EVENT_ENDS];
}

const EVENT_ENDS = Buffer.from('}');
