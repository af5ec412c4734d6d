/** Bodies and answers of taskspaces. */

import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { STATUSES } from '../domain/taskspace.js';
import { jsonObject, omitting, serverSet } from './json.js';
import { person, tags, taskspaceId, text, time, title } from './text.js';
import type { Input, Output } from './types.js';

export type { Retention, Status } from '../domain/taskspace.js';

const DESCRIPTION_BYTES_MAX = 16 * 1024;
const SERVER_SET = ['revision', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy', 'summary'] as const;

const count = z.int().min(0);
const fields = {
  name: title.describe('What it is called.'),
  description: text(DESCRIPTION_BYTES_MAX, 'What it is about, for people'),
  owner: person.describe('Whose it is.'),
  status: z.enum(STATUSES).describe('draft, active, completed, failed or archived.'),
  tags: tags.describe('Words that it is found by.'),
  data: jsonObject,
};
const ignored = {
  revision: serverSet,
  createdAt: serverSet,
  createdBy: serverSet,
  updatedAt: serverSet,
  updatedBy: serverSet,
  summary: serverSet,
};
/** 0 keeps for ever; an absent member is 0. */
const retention = z.strictObject({
  keepRevisions: count.default(0).describe('So many revisions stay of each path; 0: all.'),
  keepDays: count.default(0).describe('Revisions older than so many days may go; 0: none.'),
});
const retentionPatch = z
  .strictObject({
    keepRevisions: count.nullish().describe('So many revisions stay of each path; 0: all.'),
    keepDays: count.nullish().describe('Revisions older than so many days may go; 0: none.'),
  })
  .transform((patch) => patch as JsonObject);

/** POST (with any id) and PUT (with none, or the one of the path). */
export const taskspaceInput = z
  .strictObject({
    id: taskspaceId.optional().describe('Its id.'),
    name: fields.name.optional(),
    description: fields.description.optional(),
    owner: fields.owner.optional(),
    status: fields.status.optional(),
    tags: fields.tags.optional(),
    data: fields.data.optional(),
    retention: retention
      .nullable()
      .optional()
      .describe('How long old revisions are kept; null: as the server keeps them.'),
    ...ignored,
  })
  .transform(omitting(SERVER_SET))
  .meta({
    id: 'TaskspaceInput',
    description: 'The metadata of a taskspace to create or replace; every member has a default.',
  });
export type TaskspaceInput = Input<typeof taskspaceInput>;

export const taskspacePatch = z
  .strictObject({
    id: taskspaceId.optional().describe('Its id.'),
    name: fields.name.nullish(),
    description: fields.description.nullish(),
    owner: fields.owner.nullish(),
    status: fields.status.nullish(),
    tags: fields.tags.nullish(),
    data: fields.data.nullish(),
    retention: retentionPatch
      .nullish()
      .describe('How long old revisions are kept; null: as the server keeps them.'),
    ...ignored,
  })
  .transform(omitting(SERVER_SET))
  .meta({ id: 'TaskspacePatch', description: 'A JSON Merge Patch; null resets a member to its default.' });
export type TaskspacePatch = Input<typeof taskspacePatch>;

export const taskspace = z
  .object({
    id: taskspaceId.describe('Its id.'),
    ...fields,
    retention: z
      .object({
        keepRevisions: count.describe('So many revisions stay of each path; 0: all.'),
        keepDays: count.describe('Revisions older than so many days may go; 0: none.'),
      })
      .nullable()
      .describe('How long old revisions are kept; null: as the server keeps them.'),
    revision: z.int().min(1).describe('Counts its changes, from 1; 0: there is none yet.'),
    createdAt: time.describe('When it was created.'),
    createdBy: z.string().describe('Who created it.'),
    updatedAt: time.describe('When it last changed.'),
    updatedBy: z.string().describe('Who changed it last.'),
  })
  .meta({ id: 'Taskspace', description: 'The metadata of a taskspace.' });
export type Taskspace = Output<typeof taskspace>;
