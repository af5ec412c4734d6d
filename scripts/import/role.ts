/** The four roles of a message, from the names that others have for them. */

const NAMES: Readonly<Record<Role, readonly string[]>> = {
  user: ['user', 'human', 'humanmessage', 'humanmessagechunk', 'person'],
  assistant: [
    ...[
      'assistant',
      'ai',
      'aimessage',
      'aimessagechunk',
      'model',
      'gpt',
      'bot',
      'chatbot',
      'agent',
      'gemini',
    ],
    'chatgpt',
  ],
  system: ['system', 'systemmessage', 'developer', 'exit', 'environment'],
  tool: ['tool', 'toolmessage', 'function', 'functionmessage', 'observation', 'ipython', 'tool_result'],
};
const ROLES = new Map<string, Role>(
  Object.entries(NAMES).flatMap(([role, names]) => names.map((name) => [name, role as Role] as const)),
);

/** Null for a name that none is known for. */
import type { Json } from '../../src/contract/json.js';
import type { Role } from '../../src/contract/messages.js';
export function roleNamed(name: Json | undefined): Role | null {
  return typeof name === 'string' ? (ROLES.get(name.toLowerCase()) ?? null) : null;
}
