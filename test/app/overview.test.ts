import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskspacesQuery } from '../../src/app/overview/lists.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ANN, Crew } from './cache-scene.js';

const dataDir = temporaryFolder();
let crew: Crew;
beforeEach(() => {
  crew = new Crew(dataDir());
});
afterEach(() => crew.close());

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 20, 12);
const ALL: TaskspacesQuery = {
  ...{ owner: null, statuses: [], tags: [], q: null, sort: 'updatedAt', order: 'desc', withSummary: false },
  ...{ limit: 50, cursor: null },
};

describe('stats', () => {
  it('end with the UTC day, and come from the cache until then', async () => {
    let now = NOON;
    const service = await crew.start(1, { housekeeping: true, now: () => now });
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const daysOf = async () => {
      const { body, cache } = await service.overview.stats(ANN, { owner: null, days: 2 });
      const { days } = JSON.parse(body.toString()) as { days: { day: string; taskspaces: number }[] };
      return [cache, ...days.map(({ day, taskspaces }) => `${day} ${taskspaces}`)];
    };
    expect(await daysOf()).toEqual(['store', '2026-11-19 0', '2026-11-20 1']);
    expect(await daysOf()).toEqual(['l1', '2026-11-19 0', '2026-11-20 1']);
    const { items } = await service.cache.keys(ANN, { pattern: 'stats:*', limit: 10, cursor: null });
    expect((items[0] as { ttlMs: number }).ttlMs).toBeLessThanOrEqual(DAY_MS / 2);
    now = NOON + DAY_MS / 2;
    expect(await daysOf()).toEqual(['store', '2026-11-20 1', '2026-11-21 0']);
  });
});

describe('a dashboard', () => {
  it('depends on nothing but what is stored', async () => {
    let now = NOON;
    const service = await crew.start(1, { housekeeping: true, now: () => now });
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    await service.plan.put(ANN, 'a', { goal: '', tasks: [{ id: 't', name: 'T' }] }, {});
    const bodies = async () => {
      await service.cache.invalidate(ANN, { all: true });
      const answers = [
        await service.overview.dashboard(ANN, null),
        await service.taskspaces.dashboard(ANN, 'a'),
      ];
      return answers.map(({ body, cache }) => [cache, body.toString().replace(/"catalogBytes":\d+/, '')]);
    };
    const before = await bodies();
    now += 400 * DAY_MS;
    expect(await bodies()).toEqual(before);
  });

  it('shows the newest changes of all taskspaces that may be seen, in the order of their times', async () => {
    let now = NOON;
    const service = await crew.start(1, { housekeeping: true, now: () => ++now });
    const ids = ['a', 'b', 'c-1', 'c-2'];
    for (const id of ids) await service.taskspaces.create(ANN, { id }, null);
    const written: string[] = [];
    for (let n = 0; n < 60; n++) {
      const id = ids[(n * n) % ids.length] ?? 'a';
      await service.messages.post(ANN, id, [{ content: 'x' }], false, null);
      written.unshift(id);
    }
    const activityOf = async (caller: typeof ANN) => {
      const { body } = await service.overview.dashboard(caller, null);
      const { activity } = JSON.parse(body.toString()) as { activity: { taskspace: string }[] };
      return activity.map(({ taskspace }) => taskspace);
    };
    expect(await activityOf(ANN)).toEqual(written.slice(0, 20));
    const limited = { ...ANN, globs: ['c-*', 'b'] };
    expect(await activityOf(limited)).toEqual(written.filter((id) => id !== 'a').slice(0, 20));
  });
});

describe('activity', () => {
  it('of an id that is used again begins with the new taskspace', async () => {
    let now = NOON;
    const service = await crew.start(1, { housekeeping: true, now: () => ++now });
    await service.taskspaces.create(ANN, { id: 'a', owner: 'first' }, null);
    await service.messages.post(ANN, 'a', [{ content: 'of the first' }], false, null);
    await service.taskspaces.remove(ANN, 'a', {});
    await service.taskspaces.create(ANN, { id: 'a', owner: 'second' }, null);
    await service.messages.post(ANN, 'a', [{ content: 'of the second' }], false, null);
    const answers = [
      await service.overview.dashboard(ANN, 'second'),
      await service.overview.dashboard(ANN, null),
      await service.taskspaces.dashboard(ANN, 'a'),
    ];
    for (const { body } of answers) {
      const { activity } = JSON.parse(body.toString()) as { activity: { commit: number; types: string[] }[] };
      expect(activity.map(({ commit, types }) => [commit, ...types])).toEqual([
        [5, 'message.posted'],
        [4, 'taskspace.created'],
      ]);
    }
  });
});

describe('what a caller may see', () => {
  it('has cache entries of its own', async () => {
    const service = await crew.start(1, { housekeeping: true });
    for (const id of ['team-a', 'other']) await service.taskspaces.create(ANN, { id }, null);
    const limited = { ...ANN, globs: ['team-*'] };
    for (const caller of [ANN, limited, ANN, limited]) {
      const bodies = [
        await service.taskspaces.list(caller, ALL),
        await service.overview.dashboard(caller, null),
        await service.overview.stats(caller, { owner: null, days: 1 }),
        await service.overview.search(caller, { ...ALL, q: 'other', types: [], taskspace: null }),
      ].map(({ body }) => body.toString());
      expect(bodies.map((body) => body.includes('other'))).toEqual(
        caller === limited ? [false, false, false, false] : [true, true, false, true],
      );
      expect(bodies[2]).toContain(`"taskspaces":${caller === limited ? 1 : 2}`);
    }
  });

  it('ends at its scopes', async () => {
    const service = await crew.start(1);
    const nobody = { ...ANN, scopes: [] };
    for (const asked of [
      service.taskspaces.list(nobody, ALL),
      service.overview.artifacts(nobody, {
        ...ALL,
        taskspace: null,
        types: [],
        outdated: false,
        modified: false,
        prefix: '',
      }),
      service.overview.trash(nobody, ALL),
      service.overview.search(nobody, { ...ALL, q: 'x', types: [], taskspace: null }),
      service.overview.dashboard(nobody, null),
      service.overview.stats(nobody, { owner: null, days: 1 }),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a list', () => {
  it('is dropped by what it shows, and by nothing else', async () => {
    const service = await crew.start(1, { housekeeping: true });
    for (const id of ['a', 'b']) await service.taskspaces.create(ANN, { id, owner: id }, null);
    const tiers = async () => [
      (await service.taskspaces.list(ANN, { ...ALL, owner: 'a' })).cache,
      (await service.taskspaces.list(ANN, { ...ALL, owner: 'a', withSummary: true })).cache,
      (await service.taskspaces.list(ANN, { ...ALL, owner: 'b' })).cache,
    ];
    await tiers();
    expect(await tiers()).toEqual(['l1', 'l1', 'l1']);
    await service.messages.post(ANN, 'a', [{ content: 'x' }], false, null);
    expect(await tiers()).toEqual(['l1', 'store', 'l1']);
    await service.taskspaces.patch(ANN, 'a', { name: 'new' }, {});
    expect(await tiers()).toEqual(['store', 'store', 'l1']);
    await service.taskspaces.patch(ANN, 'a', { owner: 'b' }, {});
    expect(await tiers()).toEqual(['store', 'store', 'store']);
  });
});
