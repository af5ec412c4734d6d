/** Answers across taskspaces: trash, placed artifacts, hits, dashboards, stats. */

import { z } from 'zod';
import { STATUSES } from '../domain/taskspace.js';
import { artifact } from './artifacts.js';
import { change } from './changes.js';
import { progress } from './plan.js';
import { summary } from './summary.js';
import { taskspace } from './taskspaces.js';
import { taskspaceId, time } from './text.js';
import type { Output } from './types.js';

const count = z.int().min(0);
const statusCounts = Object.fromEntries(STATUSES.map((status) => [status, count])) as Record<
  (typeof STATUSES)[number],
  typeof count
>;

export const HIT_TYPES = ['taskspace', 'message', 'artifact', 'task'] as const;
export type HitType = (typeof HIT_TYPES)[number];

export const listedTaskspace = taskspace
  .extend({ summary: summary.optional() })
  .meta({ id: 'ListedTaskspace' });
export type ListedTaskspace = Output<typeof listedTaskspace>;

export const deletedTaskspace = z
  .object({
    id: taskspaceId,
    name: z.string(),
    owner: z.string(),
    deletedAt: time,
    purgeAt: time.meta({
      description: 'Kept at least until then. This version removes nothing by itself, later either.',
    }),
    bytes: count,
  })
  .meta({ id: 'DeletedTaskspace' });
export type DeletedTaskspace = Output<typeof deletedTaskspace>;

export const placedArtifact = artifact.extend({ taskspace: taskspaceId }).meta({ id: 'PlacedArtifact' });
export type PlacedArtifact = Output<typeof placedArtifact>;

export const hit = z
  .object({
    type: z.enum(HIT_TYPES),
    taskspace: taskspaceId,
    ref: z.string().meta({ description: 'The id of the taskspace or task, the seq, or the path.' }),
    title: z.string(),
    snippet: z.string().meta({ description: 'HTML-escaped; <mark> is its only markup.' }),
    score: z.number().meta({ description: 'Falls from hit to hit.' }),
    at: time,
  })
  .meta({ id: 'Hit' });
export type Hit = Output<typeof hit>;

const placedClaim = z.object({
  taskspace: taskspaceId,
  task: z.string(),
  agent: z.string(),
  expiresAt: time,
});
export type PlacedClaim = Output<typeof placedClaim>;

const claims = z
  .array(placedClaim)
  .max(50)
  .meta({ description: 'Those that end first; lapsed ones too, until they are taken or given up.' });

/** A failed task with `onFailure: escalate_to_user`: it waits for a person. */
const escalation = z.object({
  taskspace: taskspaceId,
  task: z.string(),
  name: z.string(),
  error: z.string().nullable(),
  at: time,
});
export type Escalation = Output<typeof escalation>;

const escalations = z
  .array(escalation)
  .max(50)
  .meta({ description: 'Failed tasks that wait for a person, the newest first.' });
const activity = z.array(change).max(20).meta({ description: 'The newest first.' });
const position = z.string().meta({ description: 'Of the newest commit counted.' });

export const dashboard = z
  .object({
    position,
    owner: z.string().nullable(),
    taskspaces: z.object({ total: count, ...statusCounts }),
    tasks: progress.meta({ description: 'Of all plans together; halted when any of them is.' }),
    newest: z.array(taskspace).max(10).meta({ description: 'By createdAt.' }),
    activity,
    claims,
    escalations,
    storage: z.object({
      artifactBytes: count,
      storedBytes: count,
      journalBytes: count,
      catalogBytes: count.meta({ description: 'Of the whole server.' }),
    }),
  })
  .meta({ id: 'Dashboard' });
export type Dashboard = Output<typeof dashboard>;

export const taskspaceDashboard = z
  .object({ taskspace, summary, activity, claims, escalations })
  .meta({ id: 'TaskspaceDashboard' });
export type TaskspaceDashboard = Output<typeof taskspaceDashboard>;

const statsDay = z.object({
  day: z.string().meta({ format: 'date' }),
  taskspaces: count.meta({ description: 'Created on that day, and still there.' }),
  messages: count,
  revisions: count,
  tasksCompleted: count,
  bytes: count.meta({ description: 'Of the revisions written on that day.' }),
});
export type StatsDay = Output<typeof statsDay>;

export const stats = z
  .object({
    position,
    owner: z.string().nullable(),
    taskspaces: count,
    messages: count,
    artifacts: count,
    revisions: count,
    tasks: count,
    bytes: count.meta({ description: 'Of the newest revisions of artifacts.' }),
    byStatus: z.object(statusCounts),
    tasksByStatus: z.object({
      pending: count,
      in_progress: count,
      completed: count,
      failed: count,
      cancelled: count,
    }),
    completionRate: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Completed tasks of all that are not cancelled; 0 for none.' }),
    days: z.array(statsDay).meta({ description: 'UTC days, oldest first, empty days included.' }),
  })
  .meta({ id: 'Stats' });
export type Stats = Output<typeof stats>;
