/**
 * Fault 1: a write on one worker, and at once a read of it on another, again and again, one connection pinned
 * to each. Used by the test in its short form and by `npm run fault -- pairs` in its long one.
 */
import type { Connection } from '../kit/http-connection.js';
import { api, demand, type Recorder } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';

const KINDS = ['messages', 'metadata', 'task', 'artifact'] as const;
export type Kind = (typeof KINDS)[number];

/** Taskspaces with what is written in them. */
export async function prepare(
  recorder: Recorder,
  connection: Connection,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    demand(await recorder.create(connection, id), 201);
    demand(
      await connection.ask('PUT', api(id, '/plan'), { body: { goal: '', tasks: [{ id: 'a', name: 'A' }] } }),
      200,
    );
    demand(await recorder.putArtifact(connection, id, 'x.txt'), 201);
  }
}

/** `lanes` writers and readers side by side, `pairs` in all. Messages come most often, as in life. */
export async function writeHereReadThere(
  recorder: Recorder,
  connections: readonly Connection[],
  ids: readonly string[],
  chance: Chance,
  { pairs, writers }: { pairs: number; writers?: readonly Connection[] },
): Promise<void> {
  const lanes = ids.map(async (id, lane) => {
    for (let n = lane; n < pairs; n += ids.length) {
      const from = writers ?? connections;
      const there = chance.pick(connections);
      const here = chance.pick(from.length > 1 ? from.filter((other) => other !== there) : from);
      const kind = chance.below(3) === 0 ? chance.pick(KINDS) : 'messages';
      await pair(recorder, here, there, id, kind);
    }
  });
  await Promise.all(lanes);
}

async function pair(
  recorder: Recorder,
  here: Connection,
  there: Connection,
  id: string,
  kind: Kind,
): Promise<void> {
  switch (kind) {
    case 'messages':
      demand(await recorder.post(here, id), 201);
      demand(await recorder.readMessages(there, id), 200);
      return;
    case 'metadata':
      demand(await recorder.patchMetadata(here, id), 200);
      demand(await recorder.readMetadata(there, id), 200);
      return;
    case 'task':
      demand(await recorder.patchTask(here, id, 'a'), 200);
      demand(await recorder.readTask(there, id, 'a'), 200);
      return;
    case 'artifact':
      demand(await recorder.putArtifact(here, id, 'x.txt'), 200);
      demand(await recorder.readArtifact(there, id, 'x.txt'), 200);
      return;
  }
}
