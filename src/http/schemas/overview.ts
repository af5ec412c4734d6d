/** Answers across taskspaces: trash, placed artifacts, hits, dashboards, stats. */
import { z } from 'zod';
import { STATUSES } from '../../domain/taskspace.js';
import { artifact } from './artifact.js';
import { change } from './changes.js';
import { progress } from './plan.js';
import { summary } from './summary.js';
import { taskspace } from './taskspace.js';
import { taskspaceId, time } from './text.js';

const count = z.int().min(0);
const statusCounts = Object.fromEntries(STATUSES.map((status) => [status, count])) as Record<
  (typeof STATUSES)[number],
  typeof count
>;

export const HIT_TYPES = ['taskspace', 'message', 'artifact', 'task'] as const;

export const listedTaskspace = taskspace
  .extend({ summary: summary.optional() })
  .meta({ id: 'ListedTaskspace' });

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

export const placedArtifact = artifact.extend({ taskspace: taskspaceId }).meta({ id: 'PlacedArtifact' });

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

const claims = z
  .array(z.object({ taskspace: taskspaceId, task: z.string(), agent: z.string(), expiresAt: time }))
  .max(50)
  .meta({ description: 'Those that end first; lapsed ones too, until they are taken or given up.' });
const escalations = z
  .array(
    z.object({
      taskspace: taskspaceId,
      task: z.string(),
      name: z.string(),
      error: z.string().nullable(),
      at: time,
    }),
  )
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

export const taskspaceDashboard = z
  .object({ taskspace, summary, activity, claims, escalations })
  .meta({ id: 'TaskspaceDashboard' });

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
    days: z
      .array(
        z.object({
          day: z.string().meta({ format: 'date' }),
          taskspaces: count.meta({ description: 'Created on that day, and still there.' }),
          messages: count,
          revisions: count,
          tasksCompleted: count,
          bytes: count.meta({ description: 'Of the revisions written on that day.' }),
        }),
      )
      .meta({ description: 'UTC days, oldest first, empty days included.' }),
  })
  .meta({ id: 'Stats' });
