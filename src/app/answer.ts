/** What use cases give back. HTTP only adds the envelope. */
import type { Readable } from 'node:stream';
import type { ArtifactRevision } from '../domain/artifact.js';
import type { Nothing } from '../domain/ready.js';

/** Which tier the state behind a read came from. */
export type CacheTier = 'l1' | 'l2' | 'store';

/** A JSON body ready to send: its bytes are shared and must not be changed. `etag` includes its quotes. */
export interface ReadAnswer {
  readonly body: Buffer;
  /** Null where the contract gives none (`plan/ready`). */
  readonly etag: string | null;
  readonly cache: CacheTier;
}

/** JSON that is made while it is sent. It has no ETag. */
export interface StreamAnswer {
  readonly stream: Readable;
  readonly cache: CacheTier;
}

export interface WriteAnswer {
  readonly status: 200 | 201 | 204;
  /** A JSON value; undefined for 204. */
  readonly body: unknown;
  readonly etag: string | null;
  /** Why a claim found no task (204). */
  readonly nothing?: Nothing | null;
  /** Path and query of what was created, for `Location`; null otherwise. */
  readonly location: string | null;
  /** Number of the commit that made this state, for `X-Commit`. */
  readonly commit: number;
  /** Whether an idempotency key found its first answer. */
  readonly replayed: boolean;
}

/** The bytes of one artifact revision. */
export interface ContentAnswer {
  readonly artifact: ArtifactRevision & { readonly sha256: string };
  readonly etag: string;
  readonly cache: CacheTier;
  /**
   * Opens the bytes from `start` to `end`, both inclusive; all without them. The caller must
   * consume or destroy it.
   */
  open(range?: { start: number; end: number }): Readable;
}
