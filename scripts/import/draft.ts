/**
 * A source as it will stand on the server: read whole once before the first write, so that a bad source
 * leaves nothing there, and a second time while it is written, so that none of it has to be held.
 */

import type { JsonObject } from '../../src/contract/json.js';
import type { MessageInput } from '../../src/contract/messages.js';
import type { PlanInput } from '../../src/contract/plan.js';
import type { Status } from '../../src/contract/taskspaces.js';
export interface DraftArtifact {
  readonly path: string;
  /** The bytes, or the file whose first `size` bytes they are. */
  readonly content: Uint8Array<ArrayBuffer> | { readonly file: string };
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** By the path's extension when absent. */
  readonly contentType?: string;
}

/** What comes out of a source one after the other. */
export interface Entry {
  readonly message: MessageInput | null;
  /** What the message names; to be there before it. */
  readonly artifacts: readonly DraftArtifact[];
}

export interface Content {
  readonly entries: AsyncIterable<Entry>;
  /** Known once all entries were taken. */
  plan(): PlanInput | null;
}

export interface Totals {
  readonly messages: number;
  readonly tasks: number;
  readonly artifacts: number;
  /** Of all artifacts. */
  readonly bytes: number;
}

export interface Draft {
  readonly name: string;
  readonly status: Status;
  /** What the source is, as it stands in `data.source`. */
  readonly source: { readonly [key: string]: string; readonly sha256: string };
  /** What stands in `data` beside the source. */
  readonly data: JsonObject;
  /** What is there before the first message. */
  readonly artifacts: readonly DraftArtifact[];
  readonly totals: Totals;
  /** As what it was read; null for a folder or a file of any kind. */
  readonly form: string | null;
  /** What was left out, in words. */
  readonly notes: readonly string[];
  /** Reads the source again. @param onFraction how much of it is read (0–1). */
  content(onFraction?: (fraction: number) => void): Content;
}

/** The source cannot be imported; the message says why, and where. */
export class BadSource extends Error {}

/** A draft of artifacts alone. */
export function artifactsOnly(
  artifacts: readonly DraftArtifact[],
): Pick<Draft, 'artifacts' | 'totals' | 'form' | 'content'> {
  return {
    artifacts,
    totals: { messages: 0, tasks: 0, artifacts: artifacts.length, bytes: bytesOf(artifacts) },
    form: null,
    content: () => ({ entries: nothing(), plan: () => null }),
  };
}

export function bytesOf(artifacts: readonly DraftArtifact[]): number {
  return artifacts.reduce((sum, { size }) => sum + size, 0);
}

async function* nothing(): AsyncGenerator<Entry, void, undefined> {}
