/**
 * A message within the server's limits: what is too long, and files that stand in it, go into artifacts that
 * its parts name.
 */
import type { JsonObject } from '../../src/contract/json.js';
import type { MessageInput, Part } from '../../src/contract/messages.js';
import { withoutData } from './attachments.js';
import type { Entry } from './draft.js';
import { FREE_BYTES_MAX, jsonBytes } from './json-text.js';
import { Overflow } from './overflow.js';

/** The server bounds only the whole body; a message that is larger than this reads badly. */
const PARTS_BYTES_MAX = 1024 * 1024;

/** @param number of the message in its source, from 1. */
export function withinLimits(message: MessageInput, number: number): Entry {
  const name = `message-${String(number).padStart(5, '0')}`;
  const overflow = new Overflow();
  const parts = withoutData(message.parts ?? [], name, overflow.artifacts);
  const before = overflow.artifacts.length;
  const content = overflow.text(message.content ?? '', FREE_BYTES_MAX, name);
  const partsFit = jsonBytes(parts) <= PARTS_BYTES_MAX;
  if (!partsFit) overflow.json(parts, `${name}-parts`);
  const { metadata = {} } = message;
  const kept: JsonObject =
    jsonBytes(metadata) <= FREE_BYTES_MAX
      ? metadata
      : {
          artifact: overflow.json(metadata, `${name}-metadata`),
          ...(metadata.at === undefined ? {} : { at: metadata.at }),
        };
  const files = overflow.artifacts
    .slice(before)
    .map(({ path, contentType }): Part => ({ type: 'file', path, contentType: contentType ?? '' }));
  return {
    message: { ...message, content, parts: [...(partsFit ? parts : []), ...files], metadata: kept },
    artifacts: overflow.artifacts,
  };
}
