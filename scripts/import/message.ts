/** One record of a run or transcript as a message. What has no member of its own in a message goes into `metadata`. */
import type { Json, JsonObject, MessageInput, Part, Role } from '../../src/client/shapes.js';
import { FREE_BYTES_MAX, isObject, jsonBytes } from './json-text.js';
import type { Overflow } from './overflow.js';

const ROLES: readonly string[] = ['user', 'assistant', 'system', 'tool'] satisfies Role[];
/** The server bounds only the whole body; a message that is larger than this reads badly. */
const PARTS_BYTES_MAX = 1024 * 1024;
const PERSON_LENGTH_MAX = 128;

export interface Content {
  readonly text: string;
  readonly parts: Part[];
}

/** Text of a `content`: a string, an array of `{type, text}` (joined by newlines, kept as parts), null or none. */
export function contentOf(content: Json | undefined): Content {
  if (content === undefined || content === null) return { text: '', parts: [] };
  if (typeof content === 'string') return { text: content, parts: [] };
  if (!Array.isArray(content)) return { text: JSON.stringify(content), parts: [] };
  const texts = content.flatMap((part) => {
    if (typeof part === 'string') return [part];
    return isObject(part) && typeof part.text === 'string' ? [part.text] : [];
  });
  return { text: texts.join('\n'), parts: content.map(partOf) };
}

export function isPart(value: Json | undefined): value is Part {
  return isObject(value) && typeof value.type === 'string' && value.type !== '';
}

/** The role, and what to keep of one that there is none of. */
export function roleOf(role: Json | undefined): { role: Role; metadata: JsonObject } {
  if (typeof role === 'string' && ROLES.includes(role)) return { role: role as Role, metadata: {} };
  return { role: 'user', metadata: role === undefined ? {} : { role } };
}

/** Whether it can stand as `from`, `to` or `id`. */
export function isPerson(value: Json | undefined): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    [...value].length <= PERSON_LENGTH_MAX &&
    !/\p{Cc}/u.test(value)
  );
}

/** The message within the server's limits; what is too long stands in artifacts that its parts name. */
export function withinLimits(message: MessageInput, number: number, overflow: Overflow): MessageInput {
  const name = `message-${String(number).padStart(5, '0')}`;
  const { parts = [], metadata = {} } = message;
  const before = overflow.artifacts.length;
  const content = overflow.text(message.content ?? '', FREE_BYTES_MAX, name);
  const partsFit = jsonBytes(parts) <= PARTS_BYTES_MAX;
  if (!partsFit) overflow.json(parts, `${name}-parts`);
  const kept: JsonObject =
    jsonBytes(metadata) <= FREE_BYTES_MAX
      ? metadata
      : { artifact: overflow.json(metadata, `${name}-metadata`) };
  const files = overflow.artifacts
    .slice(before)
    .map(({ path, contentType }): Part => ({ type: 'file', path, contentType: contentType ?? '' }));
  return { ...message, content, parts: [...(partsFit ? parts : []), ...files], metadata: kept };
}

function partOf(value: Json): Part {
  if (isPart(value)) return value;
  return typeof value === 'string' ? { type: 'text', text: value } : { type: 'unknown', value };
}
