/**
 * Loads that go on while something is done to the server, and the something that kills.
 *
 * A client never gives up: what broke or was refused is written down, and it goes on with the next, or repeats the same
 * with its key, as the contract says. A load ends by what was answered, never by a clock.
 */
import type { Connection } from '../helpers/http-connection.js';
import { api, type Recorder } from '../helpers/recorder.js';
import type { Chance } from '../helpers/seed.js';
import { type Cluster, signal } from '../helpers/server-process.js';

const PAUSE_AFTER_TROUBLE_MS = 10;

/** Appends until `count` messages are acknowledged; a message whose fate is unknown is sent again under its key. */
export async function appendAll(
  recorder: Recorder,
  connections: readonly Connection[],
  id: string,
  count: number,
): Promise<void> {
  let left = count;
  await Promise.all(
    connections.map(async (connection) => {
      while (left > 0) {
        left--;
        const value = recorder.mark();
        for (;;) {
          const { status } = await recorder.post(connection, id, `key-${value}`, value);
          if (status === 201) break;
          await pause();
        }
      }
    }),
  );
}

/**
 * Messages with and without key, patches of a task with the ETag that was seen, metadata, artifacts, and reads of all of
 * them, for as long as `goesOn` says: it is told how many calls have been answered well.
 */
export async function mixedLoad(
  recorder: Recorder,
  connections: readonly Connection[],
  ids: readonly string[],
  chance: Chance,
  goesOn: (answered: number) => boolean,
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
 * SIGKILL to one of the workers every so often while `load` runs: to one that has answered since it was killed last, and
 * while another has, so that on a slow machine the load still gets on. Gives how many were killed.
 */
export async function killingWorkers(
  cluster: Cluster,
  recorder: Recorder,
  chance: Chance,
  everyMs: number,
  load: Promise<void>,
): Promise<number> {
  const killedAt = new Map<number, number>();
  let kills = 0;
  const timer = setInterval(() => {
    const serving = cluster
      .workerProcesses()
      .filter(({ worker }) => recorder.answeredSince(worker, killedAt.get(worker) ?? 0));
    if (serving.length < 2) return;
    const { worker, pid } = chance.pick(serving);
    killedAt.set(worker, performance.now());
    signal(pid, 'SIGKILL');
    kills++;
  }, everyMs);
  try {
    await load;
  } finally {
    clearInterval(timer);
  }
  return kills;
}

function pause(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, PAUSE_AFTER_TROUBLE_MS));
}
