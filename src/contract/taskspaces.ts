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
  name: title,
  description: text(DESCRIPTION_BYTES_MAX),
  owner: person,
  status: z.enum(STATUSES),
  tags,
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
const retention = z.strictObject({ keepRevisions: count.default(0), keepDays: count.default(0) });
const retentionPatch = z
  .strictObject({ keepRevisions: count.nullish(), keepDays: count.nullish() })
  .transform((patch) => patch as JsonObject);

/** POST (with any id) and PUT (with none, or the one of the path). */
export const taskspaceInput = z
  .strictObject({
    id: taskspaceId.optional(),
    name: fields.name.optional(),
    description: fields.description.optional(),
    owner: fields.owner.optional(),
    status: fields.status.optional(),
    tags: fields.tags.optional(),
    data: fields.data.optional(),
    retention: retention.nullable().optional(),
    ...ignored,
  })
  .transform(omitting(SERVER_SET))
  .meta({ id: 'TaskspaceInput' });
export type TaskspaceInput = Input<typeof taskspaceInput>;

export const taskspacePatch = z
  .strictObject({
    id: taskspaceId.optional(),
    name: fields.name.nullish(),
    description: fields.description.nullish(),
    owner: fields.owner.nullish(),
    status: fields.status.nullish(),
    tags: fields.tags.nullish(),
    data: fields.data.nullish(),
    retention: retentionPatch.nullish(),
    ...ignored,
  })
  .transform(omitting(SERVER_SET))
  .meta({ id: 'TaskspacePatch', description: 'A JSON Merge Patch; null resets a member to its default.' });
export type TaskspacePatch = Input<typeof taskspacePatch>;

export const taskspace = z
  .object({
    id: taskspaceId,
    ...fields,
    retention: z.object({ keepRevisions: count, keepDays: count }).nullable(),
    revision: z.int().min(1),
    createdAt: time,
    createdBy: z.string(),
    updatedAt: time,
    updatedBy: z.string(),
  })
  .meta({ id: 'Taskspace' });
export type Taskspace = Output<typeof taskspace>;
