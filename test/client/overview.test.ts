/** The client's shapes are the contract's, and its calls work against a server. */

import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createClient } from '../../src/client/index.js';
import type {
  Dashboard,
  DeletedTaskspace,
  dashboard,
  deletedTaskspace,
  Hit,
  hit,
  PlacedArtifact,
  placedArtifact,
  Stats,
  stats,
  TaskspaceDashboard,
  taskspaceDashboard,
} from '../../src/contract/overview.js';
import { startServer } from '../http/harness.js';

/** Fails to compile where a server's shape is not one of the client's. */
type Fits<Shape, Schema extends z.ZodType> = z.output<Schema> extends Shape ? true : never;
const FITS: [
  Fits<Omit<Dashboard, 'activity'>, typeof dashboard>,
  Fits<Omit<TaskspaceDashboard, 'activity'>, typeof taskspaceDashboard>,
  Fits<Stats, typeof stats>,
  Fits<Hit, typeof hit>,
  Fits<PlacedArtifact, typeof placedArtifact>,
  Fits<DeletedTaskspace, typeof deletedTaskspace>,
] = [true, true, true, true, true, true];

describe('the client, over all taskspaces', () => {
  it('lists, searches, and sees what is going on', async () => {
    expect(FITS).not.toContain(false);
    const server = await startServer();
    const client = createClient({ url: `http://127.0.0.1:${server.port}`, actor: 'ann' });
    for (const id of ['a', 'b', 'c'])
      await client.taskspaces.create({ id, name: `Space ${id}`, tags: ['x'] });
    await client.taskspaces.delete('c');
    const list = client.taskspaces.list({
      tag: ['x'],
      status: ['active', 'draft'],
      sort: 'name',
      limit: 1,
      include: 'summary',
    });
    expect((await list.toArray()).map(({ id, summary }) => [id, summary?.commit])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect((await client.taskspaces.trash().toArray()).map(({ id }) => id)).toEqual(['c']);
    const hits = await client.search({ q: '"space a"', type: ['taskspace'], limit: 1 }).toArray();
    expect(hits.map(({ ref, snippet }) => [ref, snippet])).toEqual([
      ['a', '<mark>Space</mark> <mark>a</mark>'],
    ]);
    const { value } = await client.dashboard({ owner: 'ann' });
    expect(value.taskspaces.total).toBe(2);
    const known = await client.stats({ days: 1 });
    expect(known.value.days[0]?.taskspaces).toBe(2);
    expect((await client.taskspaces.dashboard('a')).value.activity).toHaveLength(1);
  });
});
