/** A source read as the importer reads it, with all that it holds gathered. */

import { statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DraftArtifact } from '../../../scripts/import/draft.js';
import { readRecording } from '../../../scripts/import/recording.js';
import type { Json } from '../../../src/contract/json.js';
import type { MessageInput, Part } from '../../../src/contract/messages.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));

export async function draftOf(path: string) {
  const draft = await readRecording({ label: path, path, name: basename(path), size: statSync(path).size });
  const { entries, plan } = draft.content();
  const messages: MessageInput[] = [];
  const artifacts: DraftArtifact[] = [...draft.artifacts];
  for await (const entry of entries) {
    if (entry.message) messages.push(entry.message);
    artifacts.push(...entry.artifacts);
  }
  return { ...draft, messages, artifacts, plan: plan() };
}

export function fixturePath(name: string): string {
  return join(FIXTURES, name);
}

export function draftOfBytes(folder: string, name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return draftOf(path);
}

/** A message on one line: role, conversation if it has one, text, parts, and when and by whom it was said. */
export function shown({ role, conversation, content, parts, from, metadata }: MessageInput): string {
  const at = typeof metadata?.at === 'string' ? ` @${metadata.at.slice(11, -1)}` : '';
  const place = conversation === undefined ? '' : `/${conversation}`;
  const who = from === undefined ? '' : ` (${from})`;
  return [`${role}${place}${who}: ${content}`, ...(parts ?? []).map(partShown)].join(' + ') + at;
}

function partShown({ type, id, name, arguments: sent, result, isError, path }: Part): string {
  const json = (value: Json | undefined): string => JSON.stringify(value) ?? '';
  if (type === 'tool_call') return `call ${id} ${name} ${json(sent)}`;
  if (type === 'tool_result') return `result ${id} ${json(result)}${isError ? ' failed' : ''}`;
  return type === 'file' ? `file ${path}` : type;
}
