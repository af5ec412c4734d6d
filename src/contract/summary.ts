/** Answers about a taskspace as a whole: its summary and its export as JSON. */

import { z } from 'zod';
import { artifact } from './artifacts.js';
import { message } from './messages.js';
import { plan, progress } from './plan.js';
import { taskspace } from './taskspaces.js';
import { taskspaceId, time } from './text.js';
import type { Output } from './types.js';

const count = z.int().min(0);

export const summary = z
  .object({
    id: taskspaceId.describe('Its id.'),
    commit: z.int().min(1).describe('The number of the commit in its taskspace, from 1.'),
    messages: z
      .object({
        count: count.describe('How many.'),
        bytes: count.describe('Bytes.'),
        lastSeq: count.describe('The seq of the last message.'),
        conversations: count.describe('How many conversations there are.'),
      })
      .describe('The log in numbers.'),
    artifacts: z
      .object({
        count: count.describe('How many.'),
        bytes: count.describe('Bytes.'),
        revisions: count.describe('How many revisions there are.'),
        storedBytes: count.describe('Bytes of all objects, each counted once.'),
      })
      .describe('The artifacts in numbers.'),
    tasks: progress.describe('The plan in numbers.'),
    claims: count.describe('Claims that were taken and neither finished nor given up.'),
    leases: count.describe('Leases that were granted and not released.'),
    lastActivityAt: time.describe('When the last commit was made.'),
    refused: z
      .array(
        z.object({
          path: z.string().describe('The path, relative, with `/` between its segments.'),
          reason: z.string().describe('Why.'),
          at: time.describe('When: ISO 8601, UTC, milliseconds.'),
        }),
      )
      .max(20)
      .describe('Changes made by other programs that were not taken in, and why.'),
  })
  .meta({ id: 'Summary', description: 'A taskspace in numbers.' });
export type Summary = Output<typeof summary>;

export const exported = z
  .object({
    format: z.literal(1).describe('The version of this form.'),
    commit: z.int().min(1).describe('The number of the commit in its taskspace, from 1.'),
    taskspace: taskspace.describe('Its metadata.'),
    plan: plan.describe('The plan.'),
    messages: z.array(message).describe('All messages by seq.'),
    artifacts: z.array(artifact).describe('The newest revisions by path; none that are deletions.'),
  })
  .meta({
    id: 'Export',
    description: 'A whole taskspace as of one commit, without the bytes of its artifacts.',
  });
export type Export = Output<typeof exported>;
