/**
 * Brings a scenario onto the server as if its people and agents had written it: each under its own name. What
 * is there is counted first, and the final metadata comes last, so that it can be killed anywhere and be run
 * again.
 */

import { ApiError, type Client, type PlanInput } from '../../src/client/index.js';
import type { JsonObject } from '../../src/contract/json.js';
import { isObject } from '../import/json-text.js';
import { countPosted } from '../import/message-log.js';
import { getOrNull } from '../import/place.js';
import type { DemoArtifact, Scenario } from './scenario.js';

export type Written = 'made' | 'resumed' | 'unchanged';
export type ClientOf = (actor: string) => Client;

/** Throws ApiError; `Taken` when the id belongs to something else. */
export async function writeScenario(
  clientOf: ClientOf,
  id: string,
  scenario: Scenario,
  seed: number,
  onProgress: (fraction: number) => void,
): Promise<Written> {
  const owner = clientOf(scenario.owner);
  const there = await getOrNull(owner, id);
  if (there && !isOurs(there.value.data, seed)) throw new Taken(id);
  if (there && !isObject(there.value.data.incomplete)) return 'unchanged';
  const taskspace = there ?? (await create(owner, id, scenario, seed));

  const total = scenario.artifacts.length + scenario.messages.length + 1;
  let done = 0;
  const advance = (): void => onProgress(++done / total);
  await writePlan(owner, id, scenario);
  advance();
  await postAll(clientOf, id, scenario, `demo:${seed}:${taskspace.value.createdAt}`, advance);
  for (const artifact of scenario.artifacts) {
    await putRevisions(clientOf, id, artifact, false);
    advance();
  }
  const { name, description, status, tags } = scenario;
  await owner.taskspaces.put(id, {
    name,
    description,
    status,
    tags,
    owner: scenario.owner,
    data: mark(seed),
  });
  return there ? 'resumed' : 'made';
}

/** Something that is no demo taskspace of this seed has the id. */
export class Taken extends Error {
  constructor(id: string) {
    super(`the id "${id}" belongs to something else, which is left alone; another --seed gives other ids`);
  }
}

export function isOurs(data: JsonObject, seed: number): boolean {
  return isObject(data.demo) && data.demo.seed === seed;
}

export function mark(seed: number): JsonObject {
  return { demo: { seed } };
}

/**
 * Not yet complete. Throws what the server answers when there is one, unless it is ours, made a moment ago.
 */
export async function create(owner: Client, id: string, { name }: Scenario, seed: number) {
  const data = { ...mark(seed), incomplete: { since: 'created' } };
  try {
    return await owner.taskspaces.put(id, { name, status: 'draft', data }, { ifNoneMatch: '*' });
  } catch (error) {
    // The answer to the first attempt may have been lost, and then this is our own.
    const there = error instanceof ApiError && error.mayHaveHappened ? await getOrNull(owner, id) : null;
    if (there && isOurs(there.value.data, seed)) return there;
    throw error;
  }
}

/** First as it was meant, with nothing done, then as it stands: two revisions. */
async function writePlan(client: Client, id: string, { goal, tasks }: Scenario): Promise<void> {
  const plan = await client.plan.get(id);
  if (plan.value.revision === 0) {
    const meant = tasks.map(({ status: _status, result: _result, error: _error, ...task }) => task);
    await client.plan.put(id, { goal, tasks: meant } satisfies PlanInput);
  }
  await client.plan.put(id, { goal, tasks });
}

async function postAll(
  clientOf: ClientOf,
  id: string,
  { owner, messages }: Scenario,
  keyBase: string,
  advance: () => void,
): Promise<void> {
  const there = await countPosted(clientOf(owner), id, messages);
  for (const [position, message] of messages.entries()) {
    if (position >= there) {
      await clientOf(message.from).messages.post(id, message, { idempotencyKey: `${keyBase}:${position}` });
    }
    advance();
  }
}

/** @param isNew there is no revision yet: it need not be asked. */
export async function putRevisions(
  clientOf: ClientOf,
  id: string,
  { path, revisions }: DemoArtifact,
  isNew: boolean,
): Promise<void> {
  const there = isNew ? 0 : await countRevisions(clientOf(revisions[0]?.by ?? 'demo'), id, path);
  for (const { by, message, content, metadata } of revisions.slice(there)) {
    const { artifacts } = clientOf(by);
    if (content === null) await artifacts.delete(id, path);
    else await artifacts.put(id, path, content, { message, metadata });
  }
}

async function countRevisions(client: Client, id: string, path: string): Promise<number> {
  try {
    return (await client.artifacts.revisions(id, path, { limit: 500 }).toArray()).length;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return 0;
    throw error;
  }
}
