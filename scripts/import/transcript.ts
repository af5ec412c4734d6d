/** Chat transcripts (`.jsonl`): one message a line. A line that cannot be one makes the whole file bad. */
import type { JsonObject, MessageInput, Part } from '../../src/client/shapes.js';
import { BadSource, type Draft } from './draft.js';
import { isObject, parseJson, utf8Of } from './json-text.js';
import { contentOf, isPart, isPerson, roleOf, withinLimits } from './message.js';
import { Overflow } from './overflow.js';
import { sha256Of } from './sha256.js';
import { stemOf } from './taskspace-id.js';

const CONVERSATION = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;
const NAME_LENGTH_MAX = 200;

export function readTranscript(bytes: Uint8Array<ArrayBuffer>, file: string): Draft {
  const overflow = new Overflow();
  const messages: MessageInput[] = [];
  for (const [i, line] of utf8Of(bytes).split('\n').entries()) {
    if (line.trim() === '') continue;
    const message = messageOf(line, `line ${i + 1}`);
    messages.push(withinLimits(message, messages.length + 1, overflow));
  }
  if (messages.length === 0) throw new BadSource('there is no message in it');
  const sha256 = sha256Of(bytes);
  return {
    name: [...stemOf(file)].slice(0, NAME_LENGTH_MAX).join(''),
    status: 'active',
    source: { file, sha256 },
    data: {},
    plan: null,
    messages,
    artifacts: [
      { path: `source/${file}`, content: bytes, size: bytes.length, sha256 },
      ...overflow.artifacts,
    ],
    notes: [],
  };
}

function messageOf(line: string, where: string): MessageInput {
  const record = parseJson(line, where);
  if (!isObject(record)) throw new BadSource(`${where} is not a JSON object`);
  if (record.role === undefined && record.content === undefined) {
    throw new BadSource(`${where} has neither "role" nor "content": not a chat transcript`);
  }
  const { role: sentRole, content, parts, metadata, ...others } = record;
  const { role, metadata: roleKept } = roleOf(sentRole);
  const read = contentOf(content);
  const { taken, rest } = membersOf(others);

  const kept: JsonObject = { ...rest, ...roleKept };
  const more: Part[] = [];
  if (Array.isArray(parts) && parts.every(isPart)) more.push(...parts);
  else if (parts !== undefined) kept.parts = parts;
  if (isObject(metadata)) Object.assign(kept, metadata);
  else if (metadata !== undefined) kept.metadata = metadata;

  return { role, content: read.text, parts: [...read.parts, ...more], metadata: kept, ...taken };
}

/** The other members of a message, as far as they are valid ones; everything else stays in the metadata. */
function membersOf(record: JsonObject): { taken: Partial<MessageInput>; rest: JsonObject } {
  const { id, from, to, conversation, ...rest } = record;
  const isName = typeof conversation === 'string' && CONVERSATION.test(conversation);
  return {
    taken: {
      ...(isPerson(id) ? { id } : {}),
      ...(isPerson(from) ? { from } : {}),
      ...(isPerson(to) ? { to } : {}),
      ...(isName ? { conversation } : {}),
    },
    rest: {
      ...rest,
      ...(id === undefined || isPerson(id) ? {} : { id }),
      ...(from === undefined || isPerson(from) ? {} : { from }),
      ...(to === undefined || to === null || isPerson(to) ? {} : { to }),
      ...(conversation === undefined || isName ? {} : { conversation }),
    },
  };
}
