/** Answers across taskspaces: trash, placed artifacts, hits, dashboards, stats. */

import { z } from 'zod';
import type { Status } from '../domain/taskspace.js';
import { artifact } from './artifacts.js';
import { change } from './changes.js';
import { progress } from './plan.js';
import { summary } from './summary.js';
import { taskspace } from './taskspaces.js';
import { taskspaceId, time } from './text.js';
import type { Output } from './types.js';

const count = z.int().min(0);
const statusCounts = {
  draft: count.describe('How many are drafts.'),
  active: count.describe('How many are active.'),
  completed: count.describe('How many are completed.'),
  failed: count.describe('How many have failed.'),
  archived: count.describe('How many are archived.'),
} satisfies Record<Status, typeof count>;

export const HIT_TYPES = ['taskspace', 'message', 'artifact', 'task'] as const;
export type HitType = (typeof HIT_TYPES)[number];

export const listedTaskspace = taskspace
  .extend({ summary: summary.optional().describe('It in numbers.') })
  .meta({
    id: 'ListedTaskspace',
    description: 'A taskspace, with its summary when the list was asked for it.',
  });
export type ListedTaskspace = Output<typeof listedTaskspace>;

export const deletedTaskspace = z
  .object({
    id: taskspaceId.describe('Its id.'),
    name: z.string().describe('What it is called.'),
    owner: z.string().describe('Whose it is.'),
    deletedAt: time.describe('When it was deleted.'),
    purgeAt: time.meta({
      description: 'Kept at least until then. This version removes nothing by itself, later either.',
    }),
    bytes: count.describe('Bytes.'),
  })
  .meta({ id: 'DeletedTaskspace', description: 'A taskspace in the trash.' });
export type DeletedTaskspace = Output<typeof deletedTaskspace>;

export const placedArtifact = artifact
  .extend({ taskspace: taskspaceId.describe('The id of the taskspace.') })
  .meta({ id: 'PlacedArtifact', description: 'An artifact with the taskspace that it is in.' });
export type PlacedArtifact = Output<typeof placedArtifact>;

export const hit = z
  .object({
    type: z.enum(HIT_TYPES).describe('taskspace, message, artifact or task.'),
    taskspace: taskspaceId.describe('The id of the taskspace.'),
    ref: z.string().meta({ description: 'The id of the taskspace or task, the seq, or the path.' }),
    title: z.string().describe('A short name.'),
    snippet: z.string().meta({ description: 'HTML-escaped; <mark> is its only markup.' }),
    score: z.number().meta({ description: 'Falls from hit to hit.' }),
    at: time.describe('When: ISO 8601, UTC, milliseconds.'),
  })
  .meta({ id: 'Hit', description: 'One thing that a search has found.' });
export type Hit = Output<typeof hit>;

const placedClaim = z.object({
  taskspace: taskspaceId.describe('The id of the taskspace.'),
  task: z.string().describe('The id of the task.'),
  agent: z.string().describe('An agent, by the name that it goes by.'),
  expiresAt: time.describe('When the lease lapses, unless it is renewed.'),
});
export type PlacedClaim = Output<typeof placedClaim>;

const claims = z
  .array(placedClaim)
  .max(50)
  .meta({ description: 'Those that end first; lapsed ones too, until they are taken or given up.' });

/** A failed task with `onFailure: escalate_to_user`: it waits for a person. */
const escalation = z.object({
  taskspace: taskspaceId.describe('The id of the taskspace.'),
  task: z.string().describe('The id of the task.'),
  name: z.string().describe('What it is called.'),
  error: z.string().nullable().describe('What went wrong; null: nothing has.'),
  at: time.describe('When: ISO 8601, UTC, milliseconds.'),
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
    owner: z.string().nullable().describe('Whose it is.'),
    taskspaces: z
      .object({ total: count.describe('How many there are.'), ...statusCounts })
      .describe('How many there are, by status.'),
    tasks: progress.meta({ description: 'Of all plans together; halted when any of them is.' }),
    newest: z.array(taskspace).max(10).meta({ description: 'By createdAt.' }),
    activity,
    claims,
    escalations,
    storage: z
      .object({
        artifactBytes: count.describe('Bytes of the newest revisions of artifacts.'),
        storedBytes: count.describe('Bytes of all objects, each counted once.'),
        journalBytes: count.describe('Bytes of journals.'),
        catalogBytes: count.meta({ description: 'Of the whole server.' }),
      })
      .describe('What lies on disk.'),
  })
  .meta({ id: 'Dashboard', description: 'What is going on in all taskspaces, or in those of one owner.' });
export type Dashboard = Output<typeof dashboard>;

export const taskspaceDashboard = z
  .object({
    taskspace: taskspace.describe('Its metadata.'),
    summary: summary.describe('It in numbers.'),
    activity,
    claims,
    escalations,
  })
  .meta({ id: 'TaskspaceDashboard', description: 'What is going on in one taskspace.' });
export type TaskspaceDashboard = Output<typeof taskspaceDashboard>;

const statsDay = z.object({
  day: z.string().meta({ format: 'date' }).describe('The day, UTC.'),
  taskspaces: count.meta({ description: 'Created on that day, and still there.' }),
  messages: count.describe('How many were posted.'),
  revisions: count.describe('How many revisions there are.'),
  tasksCompleted: count.describe('Tasks that were completed.'),
  bytes: count.meta({ description: 'Of the revisions written on that day.' }),
});
export type StatsDay = Output<typeof statsDay>;

export const stats = z
  .object({
    position,
    owner: z.string().nullable().describe('Whose it is.'),
    taskspaces: count.describe('How many taskspaces there are.'),
    messages: count.describe('How many messages there are.'),
    artifacts: count.describe('How many artifacts there are.'),
    revisions: count.describe('How many revisions there are.'),
    tasks: count.describe('How many tasks there are.'),
    bytes: count.meta({ description: 'Of the newest revisions of artifacts.' }),
    byStatus: z.object(statusCounts).describe('Taskspaces by status.'),
    tasksByStatus: z
      .object({
        pending: count.describe('How many are pending.'),
        in_progress: count.describe('How many are in progress.'),
        completed: count.describe('How many are completed.'),
        failed: count.describe('How many have failed.'),
        cancelled: count.describe('How many are cancelled.'),
      })
      .describe('Tasks by status.'),
    completionRate: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Completed tasks of all that are not cancelled; 0 for none.' }),
    days: z.array(statsDay).meta({ description: 'UTC days, oldest first, empty days included.' }),
  })
  .meta({
    id: 'Stats',
    description: 'Sums over all taskspaces or those of one owner, and what each day brought.',
  });
export type Stats = Output<typeof stats>;
