/** Every JSON body, in an order that two threads of the same code share. */
import type { z } from 'zod';
import { artifactPatch } from '../contract/artifacts.js';
import { invalidateInput, warmInput } from '../contract/cache.js';
import {
  claimInput,
  completeInput,
  failInput,
  leaseInput,
  releaseInput,
  renewInput,
} from '../contract/claims.js';
import { messageBatch, messageInput, messagePost } from '../contract/messages.js';
import { planInput, taskInput, taskPatch } from '../contract/plan.js';
import { taskspaceInput, taskspacePatch } from '../contract/taskspaces.js';
import type { JsonObject } from '../domain/json.js';
import { BATCH_MAX } from '../domain/message.js';
import { TASKS_MAX } from '../domain/plan.js';
import { checkBody } from './check-body.js';

export interface BodyCheck {
  readonly schema: z.ZodType;
  /** The body in its schema's output form. Throws 422 `invalid_body`. */
  check(body: JsonObject): unknown;
}

const SIMPLE: readonly z.ZodType[] = [
  ...[taskspaceInput, taskspacePatch, taskInput, taskPatch],
  ...[claimInput, renewInput, releaseInput, completeInput, failInput, leaseInput],
  ...[artifactPatch, invalidateInput, warmInput],
];

export const BODY_CHECKS: readonly BodyCheck[] = [
  ...SIMPLE.map((schema) => ({ schema, check: (body: JsonObject) => checkBody(schema, body) })),
  {
    schema: planInput,
    check: (body) => checkBody(planInput, body, { name: 'tasks', itemsMax: TASKS_MAX }),
  },
  { schema: messagePost, check: checkMessagePost },
];

/** The index of a schema among them. A missing schema is a defect. */
export function bodyNumber(schema: z.ZodType): number {
  const number = BODY_CHECKS.findIndex((body) => body.schema === schema);
  if (number < 0) throw new Error('this body is not named in body-checks.ts');
  return number;
}

/** A body with a member `messages` is checked as a batch alone, so that faults point into the right shape. */
export function checkMessagePost(body: JsonObject): z.output<typeof messagePost> {
  return Object.hasOwn(body, 'messages')
    ? checkBody(messageBatch, body, { name: 'messages', itemsMax: BATCH_MAX })
    : checkBody(messageInput, body);
}
