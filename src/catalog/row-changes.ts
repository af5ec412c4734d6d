/**
 * What the catalog is given about a taskspace: changes read from its folded state, as plain values that cross
 * threads.
 *
 * They cover what has changed since what the catalog knows (`Known`), or everything (`fresh`). Row changes
 * come first and carry the place in the feed; text changes follow, in slices.
 */
import type { Mark } from '../store/ports.js';
import type { Position } from '../store/position.js';
import type { DocType } from './schema.js';

/** A place in the feed, and the last commit of the line there; `commit` 0: everything before that offset. */
export type Place = Position;

/** Everything of an older place is in a newer one. Places of two feeds cannot be compared. */
export function isAtLeast(place: Omit<Place, 'commit'>, wanted: Omit<Place, 'commit'>): boolean {
  if (place.epoch !== wanted.epoch) return false;
  return place.segment > wanted.segment || (place.segment === wanted.segment && place.at >= wanted.at);
}

/** What the catalog knows of a taskspace. */
export interface Known {
  readonly id: string;
  /** Of its journal; 0 and '' when nothing of it is catalogued. */
  readonly commit: number;
  readonly head: string;
  readonly time: string;
  /** The row of a live taskspace; null: none. */
  readonly live: KnownGeneration | null;
}

export interface KnownGeneration {
  readonly n: number;
  readonly life: string;
  readonly etag: string;
  readonly lastSeq: number;
  readonly revisions: number;
  /** The commit that the texts have reached. */
  readonly textCommit: number;
  readonly textTime: string;
  readonly textSeq: number;
}

export interface RowChanges {
  readonly id: string;
  /** The head that was known when these were read: changes that start from another head are stale. */
  readonly since: string;
  /** Null: nothing is there any more. */
  readonly journal: JournalChanges | null;
  /** Why the journal cannot be folded; what was known of it stays. */
  readonly trouble: string | null;
  /** Null: not live. */
  readonly life: GenerationChanges | null;
  /** Null: not in the trash. */
  readonly trash: {
    readonly name: string;
    readonly owner: string;
    readonly deletedAt: number;
    readonly bytes: number;
  } | null;
}

/** What the rows were made from. */
export interface JournalChanges {
  readonly mark: Mark;
  readonly bytes: number;
  readonly commit: number;
  readonly head: string;
  readonly time: string;
}

export interface GenerationChanges {
  /** Everything anew, under a new number: another generation, or not a continuation of the known history. */
  readonly fresh: boolean;
  readonly life: string;
  /** Null: unchanged. */
  readonly metadata: MetadataChanges | null;
  readonly activeAt: number;
  /** Summary of API.md section 9. */
  readonly summary: SummaryChanges;
  readonly artifacts: readonly ArtifactChanges[];
  readonly artifactsGone: readonly string[];
  /** Null: unchanged. */
  readonly plan: PlanChanges | null;
  /** Additions, by day. */
  readonly messageDays: Readonly<Record<string, number>>;
  /** Additions, or all of them. */
  readonly revisionDays: {
    readonly complete: boolean;
    readonly days: Readonly<Record<string, { revisions: number; bytes: number }>>;
  };
}

export interface MetadataChanges {
  readonly etag: string;
  readonly name: string;
  readonly owner: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Taskspace of API.md section 9, without `summary`. */
  readonly body: string;
}

/** The part that the catalog adds up. */
export interface SummaryChanges {
  readonly messages: { readonly count: number; readonly bytes: number; readonly lastSeq: number };
  readonly artifacts: {
    readonly count: number;
    readonly bytes: number;
    readonly revisions: number;
    readonly storedBytes: number;
  };
  readonly tasks: {
    readonly total: number;
    readonly pending: number;
    readonly inProgress: number;
    readonly completed: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly ready: number;
    readonly halted: boolean;
  };
}

export interface ArtifactChanges {
  readonly path: string;
  readonly type: string | null;
  readonly outdated: boolean;
  readonly modified: boolean;
  readonly body: string;
}

/** The parts of a plan that rows are made of. */
export interface PlanChanges {
  readonly claims: readonly { readonly task: string; readonly agent: string; readonly expiresAt: number }[];
  readonly escalations: readonly {
    readonly task: string;
    readonly name: string;
    readonly error: string | null;
    readonly at: number;
  }[];
  /** Completed tasks by the day they were finished. */
  readonly completedDays: Readonly<Record<string, number>>;
}

export interface TextChanges {
  readonly id: string;
  readonly life: string;
  /** What the texts had reached when these were read; stale when they have reached something else. */
  readonly since: { readonly time: string; readonly seq: number };
  readonly docs: readonly DocChanges[];
  /** All existing tasks: docs of others are removed. Null: none has gone. */
  readonly tasks: readonly string[] | null;
  readonly artifactsGone: readonly string[];
  /** Messages up to here are included. */
  readonly seq: number;
  /** With the last slice: texts have reached this commit. */
  readonly reached: { readonly commit: number; readonly time: string } | null;
}

export interface DocChanges {
  readonly type: DocType;
  readonly ref: string;
  readonly at: number;
  readonly label: string;
  readonly title: string;
  readonly body: string;
}
