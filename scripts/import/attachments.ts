/**
 * Files that stand in a message in base64 become artifacts under `files/`; the part that had one names the
 * artifact instead.
 */

import { isUtf8 } from 'node:buffer';
import type { Json } from '../../src/contract/json.js';
import type { Part } from '../../src/contract/messages.js';
import type { DraftArtifact } from './draft.js';
import { isObject } from './json-text.js';
import { sha256Of } from './sha256.js';

const EXTENSIONS: Readonly<Record<string, string>> = {
  ...{ 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' },
  ...{ 'application/pdf': 'pdf', 'application/json': 'json', 'text/plain': 'txt', 'text/csv': 'csv' },
  ...{ 'audio/mpeg': 'mp3', 'audio/wav': 'wav', 'text/markdown': 'md' },
};
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** @param name begins the files' names. The artifacts are added to `artifacts`. */
export function withoutData(parts: readonly Part[], name: string, artifacts: DraftArtifact[]): Part[] {
  const before = artifacts.length;
  const moved = (value: Json): Json => {
    if (!isObject(value) || value.type !== 'file' || typeof value.data !== 'string') return value;
    const { data, contentType, mediaType, ...others } = value;
    const text = (data as string).replace(/\s+/g, '');
    if (!BASE64.test(text)) return value;
    const type = mediaTypeOf(contentType ?? mediaType);
    const content = Buffer.from(text, 'base64');
    const path = `files/${name}-${artifacts.length - before + 1}.${EXTENSIONS[type] ?? extensionOf(content)}`;
    const sha256 = sha256Of(content);
    artifacts.push({ path, content, size: content.length, sha256, contentType: type });
    return { ...others, path, contentType: type };
  };
  return parts.map((part) => {
    const result = part.type === 'tool_result' ? part.result : undefined;
    return Array.isArray(result) ? { ...part, result: result.map(moved) } : (moved(part) as Part);
  });
}

/** Without parameters; what the server would refuse is bytes. */
function mediaTypeOf(type: Json | undefined): string {
  const plain = typeof type === 'string' ? (type.split(';')[0] ?? '').trim().toLowerCase() : '';
  return MEDIA_TYPE.test(plain) ? plain : 'application/octet-stream';
}

function extensionOf(content: Uint8Array): string {
  return isUtf8(content) ? 'txt' : 'bin';
}
