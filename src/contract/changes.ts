/** Answers about changes. */

import { z } from 'zod';
import { time } from './text.js';
import type { Output } from './types.js';

export const change = z
  .object({
    position: z
      .string()
      .optional()
      .describe('A place in the order of all commits: the `since` of the next call.'),
    taskspace: z.string().describe('The id of the taskspace.'),
    commit: z.int().min(1).describe('The number of the commit in its taskspace, from 1.'),
    types: z.array(z.string()).describe('The types of its events.'),
    by: z.string().describe('Who did it.'),
    at: time.describe('When: ISO 8601, UTC, milliseconds.'),
    refs: z
      .array(z.string())
      .max(20)
      .describe('What the commit was about: paths, ids of tasks, seqs, names.'),
    damaged: z.literal(true).optional().describe('The journal is damaged: types alone are known'),
  })
  .meta({ id: 'Change', description: 'One commit: what it was about, not what it says.' });
export type Change = Output<typeof change>;

export const changesPage = z.object({
  items: z.array(change).describe('The items of this page, in the order of the list.'),
  position: z.string().describe('A place in the order of all commits: the `since` of the next call.'),
});
export type ChangesPage = Output<typeof changesPage>;

export const EVENT_STREAM_TYPE = 'text/event-stream';
