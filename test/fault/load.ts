/**
 * Loads that go on while something is done to the server, and the something that kills.
 *
 * A client never gives up: what broke or was refused is written down, and it goes on with the next, or
 * repeats the same with its key, as the contract says. A load ends by what was answered, never by a clock.
 */

import { signal } from '../../scripts/process-table.js';
import type { Cluster } from '../kit/cluster.js';
import type { Connection } from '../kit/http-connection.js';
import { api, type Recorder } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';

const PAUSE_AFTER_TROUBLE_MS = 10;
const SERVING_MIN = 2;

/** Is told how many calls have been answered well. */
export type GoesOn = (answered: number) => boolean;

/** Appends for as long as `goesOn` says; a message whose fate is unknown is sent again under its key. */
export async function appendAll(
  recorder: Recorder,
  connections: readonly Connection[],
  id: string,
  goesOn: GoesOn,
): Promise<void> {
  let acknowledged = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (goesOn(acknowledged)) {
        const value = recorder.mark();
        while ((await recorder.post(connection, id, `key-${value}`, value)).status !== 201) await pause();
        acknowledged++;
      }
    }),
  );
}

/**
 * Messages with and without key, patches of a task with the ETag that was seen, metadata, artifacts, and
 * reads of all of them, for as long as `goesOn` says: it is told how many calls have been answered well.
 */
export async function mixedLoad(
  recorder: Recorder,
  connections: readonly Connection[],
  ids: readonly string[],
  chance: Chance,
  goesOn: GoesOn,
): Promise<void> {
  let answered = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (goesOn(answered)) {
        const status = await step(recorder, connection, chance.pick(ids), chance);
        if (status >= 200 && status < 300) answered++;
        else await pause();
      }
    }),
  );
}

async function step(recorder: Recorder, connection: Connection, id: string, chance: Chance): Promise<number> {
  switch (chance.below(9)) {
    case 0:
      return (await recorder.post(connection, id)).status;
    case 1:
      return (await recorder.post(connection, id, `key-${chance.below(1e9)}`)).status;
    case 2: {
      const seen = await connection.ask('GET', api(id, '/plan/tasks/a'));
      const { etag } = seen.headers;
      return (await recorder.patchTask(connection, id, 'a', etag ?? '"0"')).status;
    }
    case 3:
      return (await recorder.patchMetadata(connection, id)).status;
    case 4:
      return (await recorder.putArtifact(connection, id, 'x.txt')).status;
    case 5:
      return (await recorder.readMessages(connection, id)).status;
    case 6:
      return (await recorder.readTask(connection, id, 'a')).status;
    case 7:
      return (await recorder.readArtifact(connection, id, 'x.txt')).status;
    default:
      return (await recorder.readMetadata(connection, id)).status;
  }
}

/**
 * SIGKILL to one of the workers every so often while a load runs. Only those that serve are killed, and only
 * while another one does: otherwise a slow machine would see nothing but starts. The load is told how many
 * were killed.
 */
export async function killingWorkers(
  cluster: Cluster,
  chance: Chance,
  everyMs: number,
  load: (kills: () => number) => Promise<void>,
): Promise<number> {
  let kills = 0;
  let killing: Promise<void> | null = null;
  const timer = setInterval(() => {
    killing ??= killOne(cluster, chance)
      .then((killed) => {
        kills += Number(killed);
      })
      .finally(() => {
        killing = null;
      });
  }, everyMs);
  try {
    await load(() => kills);
  } finally {
    clearInterval(timer);
  }
  await killing;
  return kills;
}

/** New connections go round all workers that serve. */
async function killOne(cluster: Cluster, chance: Chance): Promise<boolean> {
  const serving = new Set<number>();
  for (let n = 0; n < cluster.workers; n++) {
    const connection = await cluster.connect();
    const { worker } = await connection.ask('GET', '/health');
    connection.close();
    if (worker !== null) serving.add(worker);
  }
  const victims = cluster.workerProcesses().filter(({ worker }) => serving.has(worker));
  if (victims.length < SERVING_MIN) return false;
  signal(chance.pick(victims).pid, 'SIGKILL');
  return true;
}

function pause(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, PAUSE_AFTER_TROUBLE_MS));
}
