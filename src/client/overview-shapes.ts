/**
 * Types of answers about many taskspaces at once (API.md sections 6 and 9). Nothing here exists at run time.
 */
import type { Artifact, Change, Progress, Status, Summary, TaskStatus, Taskspace } from './shapes.js';

export type HitType = 'taskspace' | 'message' | 'artifact' | 'task';

export interface Hit {
  readonly type: HitType;
  readonly taskspace: string;
  /** The taskspace's id, the seq, the path or the task's id. */
  readonly ref: string;
  readonly title: string;
  /** HTML-escaped; `<mark>` and `</mark>` are its only markup. */
  readonly snippet: string;
  /** Never grows from one hit to the next. */
  readonly score: number;
  readonly at: string;
}

export interface PlacedArtifact extends Artifact {
  readonly taskspace: string;
}

export interface DeletedTaskspace {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly deletedAt: string;
  readonly purgeAt: string;
  readonly bytes: number;
}

export interface PlacedClaim {
  readonly taskspace: string;
  readonly task: string;
  readonly agent: string;
  readonly expiresAt: string;
}

/** A failed task with `onFailure: escalate_to_user`: it waits for a person. */
export interface Escalation {
  readonly taskspace: string;
  readonly task: string;
  readonly name: string;
  readonly error: string | null;
  readonly at: string;
}

export interface Dashboard {
  /** Of the newest commit counted. */
  readonly position: string;
  readonly owner: string | null;
  readonly taskspaces: Readonly<Record<Status | 'total', number>>;
  readonly tasks: Readonly<Progress>;
  /** At most 10. */
  readonly newest: readonly Taskspace[];
  /** At most 20. */
  readonly activity: readonly Change[];
  /** At most 50. */
  readonly claims: readonly PlacedClaim[];
  /** At most 50. */
  readonly escalations: readonly Escalation[];
  readonly storage: {
    readonly artifactBytes: number;
    readonly storedBytes: number;
    readonly journalBytes: number;
    readonly catalogBytes: number;
  };
}

/** The dashboard of one taskspace. */
export interface TaskspaceDashboard {
  readonly taskspace: Taskspace;
  readonly summary: Summary;
  readonly activity: readonly Change[];
  readonly claims: readonly PlacedClaim[];
  readonly escalations: readonly Escalation[];
}

export interface Stats {
  /** Of the newest commit counted. */
  readonly position: string;
  readonly owner: string | null;
  readonly taskspaces: number;
  readonly messages: number;
  readonly artifacts: number;
  readonly revisions: number;
  readonly tasks: number;
  readonly bytes: number;
  readonly byStatus: Readonly<Record<Status, number>>;
  readonly tasksByStatus: Readonly<Record<TaskStatus, number>>;
  readonly completionRate: number;
  /** UTC days, oldest first, empty days included. */
  readonly days: readonly StatsDay[];
}

export interface StatsDay {
  /** As "2026-11-20". */
  readonly day: string;
  readonly taskspaces: number;
  readonly messages: number;
  readonly revisions: number;
  readonly tasksCompleted: number;
  readonly bytes: number;
}
