/** A source as it will stand on the server: made whole before the first write, so that a bad source leaves nothing there. */
import type { JsonObject, MessageInput, PlanInput, Status } from '../../src/client/shapes.js';

export interface DraftArtifact {
  readonly path: string;
  /** The bytes, or the file that has them. */
  readonly content: Uint8Array<ArrayBuffer> | { readonly file: string };
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** By the path's extension when absent. */
  readonly contentType?: string;
}

export interface Draft {
  readonly name: string;
  readonly status: Status;
  /** What the source is, as it stands in `data.source`. */
  readonly source: { readonly [key: string]: string; readonly sha256: string };
  /** What stands in `data` beside the source. */
  readonly data: JsonObject;
  readonly plan: PlanInput | null;
  readonly messages: readonly MessageInput[];
  readonly artifacts: readonly DraftArtifact[];
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

/** The source cannot be imported; the message says why, and where. */
export class BadSource extends Error {}
