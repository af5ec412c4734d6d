import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerAnswer, Peers, WarmQuestion } from '../../src/app/admin/peers.js';
import { Warmer, type WarmerDeps } from '../../src/app/admin/warmer.js';
import type { TaskspacesQuery } from '../../src/app/overview/lists.js';
import { eventually } from '../kit/eventually.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ANN, Crew, statsOf } from './cache-scene.js';

const dataDir = temporaryFolder();
let crew: Crew;
beforeEach(() => {
  crew = new Crew(dataDir());
});
afterEach(() => crew.close());

const HOUR_MS = 3_600_000;
const FIRST_PAGE: Omit<TaskspacesQuery, 'owner'> = {
  ...{ statuses: [], tags: [], q: null, sort: 'updatedAt', order: 'desc', withSummary: false },
  ...{ limit: 50, cursor: null },
};

describe('warming', () => {
  it('loads past the caches when it is asked for, and counts as nobody’s look', async () => {
    const service = await crew.start(1);
    for (const id of ['a', 'b']) await service.taskspaces.create(ANN, { id }, null);
    const before = await statsOf(service);
    const warm = { taskspaces: ['a', 'b', 'nobody'] };
    expect(await service.cache.warm(ANN, warm)).toMatchObject({ warmed: 8, failed: 1 });
    expect(await service.cache.warm(ANN, warm)).toMatchObject({ warmed: 8, failed: 1 });
    const after = await statsOf(service);
    expect([after.tiers.l1?.hits, after.tiers.l1?.misses]).toEqual([
      before.tiers.l1?.hits,
      before.tiers.l1?.misses,
    ]);
    expect(after.tiers.store.reads - before.tiers.store.reads).toBe(12);
    expect((await service.taskspaces.summary(ANN, 'b')).cache).toBe('l1');
  });

  it('of one taskspace voids nothing of another, also when neither is published yet', async () => {
    const writer = await crew.start(1);
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await writer.taskspaces.create(ANN, { id }, null);
    await crew.close();
    // As after a start: the feed begins anew, and the first reader of each taskspace tells of it.
    fs.rmSync(path.join(dataDir(), 'feed'), { recursive: true });
    fs.mkdirSync(path.join(dataDir(), 'feed'));
    crew = new Crew(dataDir());
    const started = await crew.start(1);
    await started.cache.warm(ANN, { taskspaces: ids });
    for (const id of ids) {
      expect((await started.taskspaces.get(ANN, id)).cache).toBe('l1');
      expect((await started.taskspaces.summary(ANN, id)).cache).toBe('l1');
    }
    const { items } = await started.cache.keys(ANN, { pattern: '*', limit: 100, cursor: null });
    expect(items.map(({ workers }) => workers)).toEqual(items.map(() => [1]));
  });

  it('in the background loads only what is missing', async () => {
    const [writer, other] = [await crew.start(1), await crew.start(2)];
    for (const id of ['a', 'b']) await writer.taskspaces.create(ANN, { id }, null);
    await other.taskspaces.summary(ANN, 'a');
    const fill = (worker: number) =>
      crew
        .handlersOf(worker)
        .cacheWarm({ ids: ['a', 'b', 'gone'], owners: [], kinds: ['detail'], lifeMs: 120_000 });
    // Worker 1 has the states of its writes, worker 2 the state and summary of `a`: the rest is missing.
    expect(await fill(1)).toEqual({ warmed: 6, failed: 0, errors: [] });
    expect(await fill(2)).toEqual({ warmed: 6, failed: 0, errors: [] });
    expect(await fill(1)).toMatchObject({ warmed: 0 });
    expect((await other.taskspaces.get(ANN, 'b')).cache).toBe('l1');
    await writer.taskspaces.patch(ANN, 'b', { name: 'new' }, {});
    // What rested on the old metadata is missing again.
    expect(await fill(2)).toMatchObject({ warmed: 3 });
  });

  it('in the background loads anew, with a whole life before it, what would end too soon', async () => {
    const service = await crew.start(1, { env: { CACHE_TTL_DETAIL: '100' } });
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const fill = (lifeMs: number) =>
      crew.handlersOf(1).cacheWarm({ ids: ['a'], owners: [], kinds: ['detail'], lifeMs });
    await fill(50_000);
    expect(await fill(50_000)).toMatchObject({ warmed: 0 });
    expect(await fill(101_000)).toMatchObject({ warmed: 4 });
    const { items } = await service.cache.keys(ANN, { pattern: 'detail:a:*', limit: 10, cursor: null });
    const lives = items.map((item) => (item as { ttlMs: number }).ttlMs);
    expect(Math.min(...lives)).toBeGreaterThan(90_000);
  });

  it('does not drive out of L1 what requests have brought', async () => {
    const service = await crew.start(1, { env: { CACHE_MAX_MB: '1' } });
    const ids = Array.from({ length: 40 }, (_, n) => `t${n}`);
    for (const id of ids) await service.taskspaces.create(ANN, { id, description: 'x'.repeat(16_000) }, null);
    const { evictions } = (await statsOf(service)).tiers.l1 ?? {};
    expect(evictions?.size).toBeGreaterThan(0);
    await crew.handlersOf(1).cacheWarm({ ids, owners: [], kinds: [], lifeMs: 120_000 });
    expect((await statsOf(service)).tiers.l1?.evictions).toEqual(evictions);
  });

  it('fills nothing in the steward, which serves nobody', async () => {
    const steward = await crew.start(0);
    await steward.taskspaces.create(ANN, { id: 'a' }, null);
    expect(await crew.handlersOf(0).cacheWarm({ ids: ['a'], owners: [], kinds: ['detail'] })).toMatchObject({
      warmed: 0,
      failed: 0,
    });
  });
});

describe('the background', () => {
  const change = (id: string, owner: string) => ({ id, owners: [owner] });

  function warmerOf(
    latest: { id: string; owners: string[] }[],
    answer: (question: WarmQuestion) => Promise<PeerAnswer<object>[]>,
  ): { warmer: Warmer; questions: WarmQuestion[] } {
    const questions: WarmQuestion[] = [];
    const peers: Pick<Peers, 'ask'> = {
      ask: (_call, question) => {
        questions.push(question as WarmQuestion);
        return answer(question as WarmQuestion) as never;
      },
    };
    const deps = { store: { feed: { latest: () => latest.values() } }, peers, everyMs: 1 };
    const troubles: unknown[] = [];
    const warmer = new Warmer({
      ...(deps as unknown as WarmerDeps),
      onTrouble: (error) => troubles.push(error),
    });
    return { warmer, questions };
  }

  it('asks for the most active owner first, then for its taskspaces, and only for what ends within two rounds', async () => {
    const latest = [change('a', 'ann'), change('b', 'bob'), change('c', 'bob'), change('b', 'bob')];
    const { warmer, questions } = warmerOf(latest, async () => []);
    await eventually(() => questions.length > 1);
    await warmer.close();
    const kinds = ['detail', 'dashboard', 'stats', 'list'];
    expect(questions.slice(0, 2)).toEqual([
      { owners: [null, 'bob', 'ann'], ids: [], kinds, lifeMs: 2 },
      { owners: [], ids: ['b', 'c', 'a'], kinds, lifeMs: 2 },
    ]);
  });

  it('ends with a round in flight without waiting for its rest', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => change(`t${n}`, 'ann'));
    const answered = { warmed: 1, failed: 0, errors: [] };
    const slow = async (): Promise<PeerAnswer<object>[]> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return Array.from({ length: 1_000 }, (_, worker) => ({ worker, answer: answered }));
    };
    const { warmer, questions } = warmerOf(ids, slow);
    await eventually(() => questions.length === 1);
    // The rest would be half a minute: the 20 ms of each of a thousand workers, many times over.
    await warmer.close();
    expect(questions).toHaveLength(1);
    expect(warmer.report()?.warmed).toBe(1_000);
  });

  it('is not among the busiest keys', async () => {
    const service = await crew.start(1);
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    await crew
      .handlersOf(1)
      .cacheWarm({ ids: ['a'], owners: [], kinds: ['detail', 'export'], lifeMs: HOUR_MS });
    expect((await statsOf(service)).top.hits).toEqual([]);
  });
});

describe('owners', () => {
  it('are warmed with what is asked for first: dashboard, stats and first pages', async () => {
    const service = await crew.start(1, { housekeeping: true });
    for (const id of ['a', 'b']) await service.taskspaces.create(ANN, { id }, null);
    expect(await service.cache.warm(ANN, { kinds: ['dashboard', 'stats', 'list'] })).toMatchObject({
      // Of everybody, and of the one owner there is.
      warmed: 8,
      failed: 0,
    });
    for (const owner of [null, 'ann']) {
      expect((await service.overview.dashboard(ANN, owner)).cache).toBe('l1');
      expect((await service.overview.stats(ANN, { owner, days: 30 })).cache).toBe('l1');
      expect((await service.taskspaces.list(ANN, { ...FIRST_PAGE, owner })).cache).toBe('l1');
    }
    expect(await service.cache.warm(ANN, { owner: 'ann' })).toMatchObject({ warmed: 4 + 2 * 4, failed: 0 });
    const { items } = await service.cache.keys(ANN, { pattern: '*:ann:*', limit: 100, cursor: null });
    expect(items).toHaveLength(4);
    expect(await service.cache.invalidate(ANN, { owner: 'ann' })).toMatchObject({ invalidated: 4 + 2 * 4 });
  });

  it('are left alone in the background while there is no catalog', async () => {
    const service = await crew.start(1, { drivers: [() => null] });
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const kinds = ['dashboard'] as const;
    const question = { ids: [], owners: [null, 'ann'], kinds };
    expect(await crew.handlersOf(1).cacheWarm({ ...question, lifeMs: 1 })).toMatchObject({ failed: 0 });
    expect(await crew.handlersOf(1).cacheWarm(question)).toMatchObject({ failed: 2 });
  });
});
