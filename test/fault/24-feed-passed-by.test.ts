/**
 * Fault 24: a worker that nobody asks while the feed rotates past it and its segments go; the feed removed,
 * or put back as it was before, while the server stands still. With no bus, and with a Redis that is
 * configured and not there.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import type { Cluster } from '../kit/cluster.js';
import { EventReader } from '../kit/event-reader.js';
import { eventually } from '../kit/eventually.js';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';
import { OverviewLane, READS, WRITES } from './overviews.js';
import { scene } from './scene.js';

const ROUNDS = inForm(6, 300);
const SETTINGS: [string, Record<string, string>][] = [
  ['without a bus', { BUS: 'none' }],
  ['with a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:1', ENABLE_REDIS_CACHE: 'true' }],
  ['with its own bus', {}],
];
const FEED_KEEP_MB = '1';

describe('a worker that nobody asked while the feed went on without it', () => {
  it.each(SETTINGS.slice(0, inForm(1, 3)))(
    'shows what was acknowledged and is heard by all others, %s',
    (_name, env) =>
      scene(async ({ start, dataDir, chance }) => {
        const cluster = await start({ workers: 2, env: { ...env, FEED_KEEP_MB } });
        const [busy, idle] = (await cluster.pinned()) as [Connection, Connection];
        const lane = new OverviewLane('o', chance);
        for (let round = 0; round < ROUNDS; round++) {
          // It does not even look by itself while this goes on.
          const pid = cluster.pidOf(idle.worker ?? 0);
          signal(pid, 'SIGSTOP');
          for (let n = 0; n < 3; n++) {
            await lane.write(busy, chance.pick(WRITES));
            passBy(dataDir);
          }
          signal(pid, 'SIGCONT');
          if (chance.below(2) === 0) await allRead(lane, idle, chance);
          const { position } = demand(await busy.ask('GET', '/api/changes?since=now'), 200).json;
          const id = `t${round}`;
          demand(await idle.ask('PUT', api(id), { body: { name: 'here' } }), 201);
          const changes = await busy.ask('GET', `/api/changes?since=${position}`);
          expect(taskspacesIn(changes)).toContain(id);
          demand(await idle.ask('DELETE', api(id)), 204);
          await lane.write(idle, chance.pick(WRITES));
          await allRead(lane, busy, chance);
        }
      }),
  );
});

describe('a feed that is not the one that clients and catalog have known', () => {
  it.each(
    [
      ['put back as it was before', true],
      ['gone', false],
    ].slice(0, inForm(1, 2)) as [string, boolean][],
  )('is known for another one: %s', (_name, isPutBack) =>
    scene(async ({ start, dataDir, chance }) => {
      const lane = new OverviewLane('o', chance);
      const [feed, old] = [join(dataDir, 'feed'), join(dataDir, 'feed-old')];
      const first = await start({ workers: 2 });
      const [client] = (await first.pinned()) as [Connection];
      for (let n = 0; n < 5; n++) await lane.write(client, 'message');
      const common = await positionAt(client);
      await stop(first);
      cpSync(feed, old, { recursive: true });
      const second = await start({ workers: 2 });
      const [again] = (await second.pinned()) as [Connection];
      for (let n = 0; n < 8; n++) await lane.write(again, chance.pick(WRITES));
      const lost = await positionAt(again);
      expect(codeOf(await again.ask('GET', `/api/changes?since=${common}`))).toBeNull();
      await stop(second);
      rmSync(feed, { recursive: true });
      if (isPutBack) cpSync(old, feed, { recursive: true });
      const third = await start({ workers: 2 });
      const connections = await third.pinned();
      for (const connection of connections) await allRead(lane, connection, chance);
      for (let n = 0; n < inForm(8, 100); n++) {
        await lane.write(chance.pick(connections), chance.pick(WRITES));
        await allRead(lane, chance.pick(connections), chance);
      }
      for (const connection of connections) {
        expect(codeOf(await connection.ask('GET', `/api/changes?since=${lost}`))).toBe('position_gone');
        const here = await connection.ask('GET', `/api/changes?since=${common}`);
        expect(codeOf(here)).toBe(isPutBack ? null : 'position_gone');
      }
      const stream = new EventReader(third.port, '/api/events', { headers: { 'Last-Event-ID': lost } });
      await stream.opened;
      await lane.write(connections[0] as Connection, 'message');
      await eventually(() => expect(stream.events.length).toBeGreaterThan(1));
      expect(stream.events[0]?.event).toBe('reset');
      stream.close();
    }),
  );
});

/** The feed rotates, and only its present segment is kept: all that a steward does, at once. */
function passBy(dataDir: string): void {
  const feed = new Feed(join(dataDir, 'feed'), nodeFiles);
  feed.open();
  feed.rotate();
  feed.retain(1);
  feed.close();
}

async function allRead(lane: OverviewLane, there: Connection, chance: Chance): Promise<void> {
  for (const read of READS.filter(() => chance.below(2) === 0))
    expect(await lane.check(there, read)).toBeNull();
}

async function positionAt(connection: Connection): Promise<string> {
  return String(demand(await connection.ask('GET', '/api/changes?limit=500'), 200).json.position);
}

function taskspacesIn(answer: Awaited<ReturnType<Connection['ask']>>): string[] {
  const { items } = demand(answer, 200).json as { items: { taskspace: string }[] };
  return items.map(({ taskspace }) => taskspace);
}

async function stop(cluster: Cluster): Promise<void> {
  signal(cluster.pid, 'SIGTERM');
  await cluster.exit;
}
