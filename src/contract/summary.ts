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
    id: taskspaceId,
    commit: z.int().min(1),
    messages: z.object({ count, bytes: count, lastSeq: count, conversations: count }),
    artifacts: z.object({ count, bytes: count, revisions: count, storedBytes: count }),
    tasks: progress,
    claims: count,
    leases: count,
    lastActivityAt: time,
    refused: z.array(z.object({ path: z.string(), reason: z.string(), at: time })).max(20),
  })
  .meta({ id: 'Summary' });
export type Summary = Output<typeof summary>;

export const exported = z
  .object({
    format: z.literal(1),
    commit: z.int().min(1),
    taskspace,
    plan,
    messages: z.array(message),
    artifacts: z.array(artifact),
  })
  .meta({ id: 'Export' });
export type Export = Output<typeof exported>;
