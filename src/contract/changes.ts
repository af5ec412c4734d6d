/** Answers about changes. */

import { z } from 'zod';
import { time } from './text.js';
import type { Output } from './types.js';

export const change = z
  .object({
    position: z.string().optional(),
    taskspace: z.string(),
    commit: z.int().min(1),
    types: z.array(z.string()),
    by: z.string(),
    at: time,
    refs: z.array(z.string()).max(20),
    damaged: z.literal(true).optional().describe('The journal is damaged: types alone are known'),
  })
  .meta({ id: 'Change' });
export type Change = Output<typeof change>;

export const changesPage = z.object({ items: z.array(change), position: z.string() });
export type ChangesPage = Output<typeof changesPage>;

export const EVENT_STREAM_TYPE = 'text/event-stream';
