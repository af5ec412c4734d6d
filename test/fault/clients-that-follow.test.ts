/**
 * Clients that follow and work while workers are killed one after the other, and then the whole server: every
 * message and every event once and in order, every task done once, with nothing but the client's own
 * reconnecting.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import { type Client, createClient } from '../../src/client/index.js';
import { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';

const ID = 'followed';
const WORKERS = 3;
const KILLS = 4;
/** Messages at least, between two kills. */
const POSTS_BETWEEN = 20;
const TASKS = 60;
/** What a task takes, so that there is work in hand at every kill. */
const WORK_MS = 200;
const ATTEMPTS = 30;

const folder = ownedFolder();
let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.end();
  folder.remove();
});

/** A follower, and what it has seen. */
function gather<T>(items: AsyncIterable<T>, take: (item: T) => number | null): number[] {
  const seen: number[] = [];
  const follow = async () => {
    for await (const item of items) {
      const number = take(item);
      if (number !== null) seen.push(number);
    }
  };
  // It ends when its test has seen enough; what it throws shows as numbers that are missing.
  follow().catch((error: unknown) => console.error('A follower ended:', error));
  return seen;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** @param posted how many messages there are: some more before each kill, so that it comes amid work. */
async function killWorkers(server: Cluster, posted: () => number): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const before = posted();
    const { pid } = await eventually(() => {
      const found = server.workerProcesses();
      const chosen = found[kill % WORKERS];
      if (found.length < WORKERS || chosen === undefined) throw new Error('A worker is being replaced');
      expect(posted()).toBeGreaterThan(before + POSTS_BETWEEN);
      return chosen;
    });
    signal(pid, 'SIGKILL');
  }
}

function followers(client: Client, until: AbortSignal) {
  const messages = upTo(4).map(() => gather(client.messages.follow(ID, { signal: until }), ({ seq }) => seq));
  const own = upTo(4).map(() =>
    gather(client.events.of(ID, { since: 0, signal: until }), (event) =>
      event.type === 'change' ? event.change.commit : -1,
    ),
  );
  const all = upTo(2).map(() =>
    gather(client.events.follow({ signal: until }), (event) => {
      if (event.type === 'reset') return -1;
      return event.change.taskspace === ID ? event.change.commit : null;
    }),
  );
  return { messages, own, all };
}

describe('clients that follow', () => {
  it('miss nothing and see nothing twice while workers and the server are killed', async () => {
    cluster = await Cluster.start({ dataDir: folder.path, workers: WORKERS });
    const { port } = cluster;
    const client = createClient({ url: `http://127.0.0.1:${port}`, attempts: ATTEMPTS });
    await client.taskspaces.create({ id: ID });
    const tasks = upTo(TASKS).map((n) => ({
      id: `t${n}`,
      name: `Task ${n}`,
      dependencies: n > 4 ? [`t${n - 4}`] : [],
    }));
    await client.plan.put(ID, { tasks });

    const controller = new AbortController();
    const { messages, own, all } = followers(client, controller.signal);
    const did: string[] = [];
    const loops = ['x', 'y'].map((agent) =>
      client.plan.claimLoop(ID, { agent, untilDone: true, concurrency: 2 }, async ({ id }) => {
        did.push(id);
        await delay(WORK_MS);
      }),
    );
    let posted = 0;
    let killing = true;
    const posting = (async () => {
      while (killing) await client.messages.post(ID, { content: String(++posted) });
    })();
    await killWorkers(cluster, () => posted);
    await cluster.end();
    cluster = await Cluster.start({ dataDir: folder.path, workers: WORKERS, env: { PORT: String(port) } });
    const before = posted;
    await eventually(() => expect(posted).toBeGreaterThan(before + 1));
    killing = false;
    await posting;
    const numbers = upTo(posted);
    const counts = await Promise.all(loops);

    const { value: summary } = await client.taskspaces.summary(ID);
    const commits = upTo(summary.commit);
    await eventually(() => {
      for (const seen of messages) expect(seen).toHaveLength(posted);
      for (const seen of own) expect(seen).toHaveLength(commits.length);
      for (const seen of all) expect(seen.at(-1)).toBe(summary.commit);
    }, 30_000);
    for (const seen of messages) expect(seen).toEqual(numbers);
    for (const seen of own) expect(seen).toEqual(commits);
    for (const seen of all) expect(seen).toEqual(commits.slice((seen[0] ?? 0) - 1));

    expect(did.sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(counts.map(({ lost, failed, released }) => lost + failed + released)).toEqual([0, 0]);
    const { value: plan } = await client.plan.get(ID);
    expect(plan.progress).toMatchObject({ completed: TASKS });
    expect(plan.tasks.map(({ attempts }) => attempts)).toEqual(upTo(TASKS).map(() => 1));
    const log = await client.messages.list(ID, { limit: 500 }).toArray();
    expect(log.map(({ content }) => Number(content))).toEqual(numbers);
    console.log(
      `${posted} messages, ${summary.commit} commits, ${TASKS} tasks, ${KILLS} workers and one server killed`,
    );
    controller.abort();
  });
});
