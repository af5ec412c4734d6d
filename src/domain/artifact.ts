/**
 * Artifacts: bytes by path, every version kept. The bytes are objects named by their SHA-256; this is their
 * history.
 */
import type { JsonObject } from './json.js';
import type { Version } from './version.js';

/** As events carry a written revision. */
export interface ArtifactValue {
  readonly path: string;
  readonly revision: number;
  readonly size: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
}

/** One revision in the state. A deleted one has size 0 and no hash. */
export interface ArtifactRevision extends Version {
  readonly path: string;
  readonly size: number;
  readonly sha256: string | null;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
  readonly deleted: boolean;
}

/** All revisions of one path, from `base + 1`; smaller numbers belong to an earlier generation. */
export interface ArtifactHistory {
  readonly base: number;
  readonly revisions: ArtifactRevision[];
}

/** The input of a PUT: the bytes are already an object on disk. */
export interface ArtifactInput {
  readonly size: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
}

export interface ArtifactPatch {
  readonly contentType?: string | null | undefined;
  readonly metadata?: JsonObject | null | undefined;
}

export function newestOf(history: ArtifactHistory | undefined): ArtifactRevision | undefined {
  return history?.revisions.at(-1);
}

export function liveOf(history: ArtifactHistory | undefined): ArtifactRevision | undefined {
  const newest = newestOf(history);
  return newest?.deleted ? undefined : newest;
}

/** Strict order of the UTF-8 bytes of two strings, which is the order of their code points. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
