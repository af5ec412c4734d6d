/**
 * Brings generated taskspaces onto a server in few requests each: one for the plan, one for all messages, one
 * for each revision. Can be killed anywhere and be run again, like write.ts: the final metadata comes last.
 */
import { ApiError, type Client } from '../../../src/client/index.js';
import { isObject } from '../../import/json-text.js';
import { postMessages } from '../../import/message-log.js';
import { getOrNull } from '../../import/place.js';
import type { Scenario } from '../scenario.js';
import { create, isOurs, mark, putRevisions, Taken, type Written } from '../write.js';

const AT_ONCE = 32;

export interface CrowdCounts {
  readonly written: Readonly<Record<Written, number>>;
  /** Ids that belong to something else, which is left alone. */
  readonly taken: readonly string[];
}

/** @param scenarios are taken one by one. Throws ApiError. */
export async function writeCrowd(
  client: Client,
  seed: number,
  scenarios: Iterable<Scenario>,
  onProgress: (done: number) => void,
): Promise<CrowdCounts> {
  const written = { made: 0, resumed: 0, unchanged: 0 };
  const taken: string[] = [];
  const queue = scenarios[Symbol.iterator]();
  let done = 0;
  const work = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      try {
        written[await writeMember(client, seed, next.value)]++;
      } catch (error) {
        if (!(error instanceof Taken)) throw error;
        taken.push(next.value.slug);
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { written, taken };
}

async function writeMember(client: Client, seed: number, scenario: Scenario): Promise<Written> {
  const { slug: id, name, description, owner, status, tags, goal, tasks, messages, artifacts } = scenario;
  const { taskspace, isNew } = await begin(client, id, scenario, seed);
  if (!isObject(taskspace.data.incomplete)) return 'unchanged';
  const keyBase = `demo:${seed}:${taskspace.createdAt}`;
  // Writes to one taskspace at the same time share what takes long, the journal's sync.
  await Promise.all([
    client.plan.put(id, { goal, tasks }),
    postMessages(client, id, messages, keyBase, () => undefined, isNew ? 0 : undefined),
    ...artifacts.map((artifact) => putRevisions(() => client, id, artifact, isNew)),
  ]);
  await client.taskspaces.put(id, { name, description, status, tags, owner, data: mark(seed) });
  return isNew ? 'made' : 'resumed';
}

/** Asked for as new first: that is what it mostly is. */
async function begin(client: Client, id: string, scenario: Scenario, seed: number) {
  try {
    return { taskspace: (await create(client, id, scenario, seed)).value, isNew: true };
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'precondition_failed')) throw error;
    const there = await getOrNull(client, id);
    if (there === null || !isOurs(there.value.data, seed)) throw new Taken(id);
    return { taskspace: there.value, isNew: false };
  }
}
