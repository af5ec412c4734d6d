import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type DerivedBody, DerivedCache, type DerivedRequest } from '../../src/cache/derived.js';
import {
  invalidatedTags,
  OWNER_ASPECTS,
  ownerTag,
  TASKSPACE_ASPECTS,
  taskspaceTag,
} from '../../src/cache/invalidation-table.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { NoopTier } from '../../src/cache/noop-tier.js';
import { Statistics } from '../../src/cache/statistics.js';
import { TagVersions } from '../../src/cache/tag-versions.js';
import type { Tier } from '../../src/cache/tier.js';
import type { EventType } from '../../src/domain/event.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();

/** What one worker has: its own feed reader and L1, and an L2 that it may share. */
class Worker {
  readonly feed = new Feed(path.join(dataDir(), 'feed'), nodeFiles);
  readonly l1 = new MemoryTier({ bytesMax: 1_000_000 });
  readonly statistics = new Statistics();
  readonly tagVersions: TagVersions;
  readonly cache: DerivedCache;

  constructor(l2: Tier | null = null, ttlMs = 60_000) {
    this.tagVersions = new TagVersions(this.feed);
    this.feed.open();
    const { feed, tagVersions, l1, statistics } = this;
    this.cache = new DerivedCache({ feed, tagVersions, l1, l2, statistics, ttlMs: () => ttlMs });
  }

  publish(id: string, types: EventType[] = ['message.posted'], owners = ['ann']): void {
    const to = (this.feed.reached(id)?.to ?? 0) + 1;
    this.feed.publish({ id, to, head: `head-${to}`, owners, types });
  }
}

/** A result whose loads can be counted, held back and given their values. */
function source(tags = [taskspaceTag('summary', 'x')]) {
  const loads: ((text: string) => void)[] = [];
  const request: DerivedRequest = {
    kind: 'detail',
    key: 'detail:x:summary',
    tags,
    load: () =>
      new Promise<DerivedBody>((resolve) => {
        loads.push((text) => resolve({ body: Buffer.from(text), etag: `"${text}"` }));
      }),
  };
  return { request, loads };
}

const textOf = async (result: Promise<DerivedBody>): Promise<string> => (await result).body.toString();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a derived result', () => {
  let worker: Worker;
  beforeEach(() => {
    worker = new Worker();
  });

  it('is loaded once for all who ask at the same moment, and then kept', async () => {
    const { request, loads } = source();
    const asked = [worker.cache.get(request), worker.cache.get(request)];
    await turn();
    expect(loads).toHaveLength(1);
    loads[0]?.('one');
    expect(await Promise.all(asked.map(textOf))).toEqual(['one', 'one']);
    expect((await worker.cache.get(request)).tier).toBe('l1');
  });

  it('is loaded again for a reader who comes after an acknowledgement, while an older load is still under way', async () => {
    const { request, loads } = source();
    const early = worker.cache.get(request);
    await turn();
    worker.publish('x');
    const late = worker.cache.get(request);
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.('new');
    loads[0]?.('old');
    expect(await textOf(early)).toBe('old');
    expect(await textOf(late)).toBe('new');
    // Whichever load ended last, what is kept is the new one.
    expect(await textOf(worker.cache.get(request))).toBe('new');
    expect(loads).toHaveLength(2);
  });

  it('is not kept when a change came during its load', async () => {
    const { request, loads } = source();
    const first = worker.cache.get(request);
    await turn();
    worker.publish('x');
    loads[0]?.('old');
    await first;
    const second = worker.cache.get(request);
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.('new');
    expect(await textOf(second)).toBe('new');
  });

  it('goes with another worker’s change, at the next look', async () => {
    const other = new Worker();
    const { request, loads } = source();
    const first = worker.cache.get(request);
    await turn();
    loads[0]?.('old');
    await first;
    other.publish('x');
    const second = worker.cache.get(request);
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.('new');
    expect(await textOf(second)).toBe('new');
  });

  it('stays when the change does not touch what it rests on', async () => {
    const { request, loads } = source([taskspaceTag('messages', 'x')]);
    const first = worker.cache.get(request);
    await turn();
    loads[0]?.('kept');
    await first;
    worker.publish('x', ['artifact.written']);
    worker.publish('y', ['message.posted']);
    expect((await worker.cache.get(request)).tier).toBe('l1');
    worker.publish('x', ['message.posted']);
    const again = worker.cache.get(request);
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.('new');
    await again;
  });

  it('is found in the shared tier by another worker, with the life it has left', async () => {
    const shared = new MemoryTier({ bytesMax: 1_000_000 });
    const [a, b] = [new Worker(shared, 5_000), new Worker(shared, 5_000)];
    a.publish('x');
    const { request, loads } = source();
    const first = a.cache.get(request);
    await turn();
    loads[0]?.('one');
    await first;
    const found = await b.cache.get(request);
    expect([found.tier, found.body.toString()]).toEqual(['l2', 'one']);
    const [kept] = await b.l1.keys('*', 10);
    expect(kept?.ttlMs).toBeLessThanOrEqual(5_000);
    expect((await b.cache.get(request)).tier).toBe('l1');
  });

  it('cannot be asked for from the shared tier once it is old, whatever lies there', async () => {
    const shared = new MemoryTier({ bytesMax: 1_000_000 });
    const [a, b] = [new Worker(shared), new Worker(shared)];
    const { request, loads } = source();
    const first = a.cache.get(request);
    await turn();
    loads[0]?.('old');
    await first;
    a.publish('x');
    const second = b.cache.get(request);
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.('new');
    expect(await textOf(second)).toBe('new');
  });

  it('has no life when it changes at once by itself', async () => {
    const { request, loads } = source();
    const first = worker.cache.get({ ...request, changesInMs: 0 });
    await turn();
    loads[0]?.('now');
    await first;
    expect(await worker.l1.keys('*', 10)).toEqual([]);
  });

  it('is rejected alike for all who wait for a load that fails, and loaded anew for the next', async () => {
    let fails = true;
    const request: DerivedRequest = {
      ...source().request,
      load: async () => {
        await turn();
        if (fails) throw new Error('no disk');
        return { body: Buffer.from('well'), etag: null };
      },
    };
    const asked = await Promise.allSettled([worker.cache.get(request), worker.cache.get(request)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await textOf(worker.cache.get(request))).toBe('well');
  });

  it('counts every look once', async () => {
    const l2 = new NoopTier();
    const counted = new Worker(l2);
    const request: DerivedRequest = {
      ...source().request,
      load: async () => ({ body: Buffer.from('x'), etag: null }),
    };
    await counted.cache.get(request);
    await counted.cache.get(request);
    await counted.cache.get(request);
    expect(counted.l1.stats().kinds.detail).toMatchObject({ hits: 2, misses: 1, entries: 1 });
    expect(l2.stats().kinds.detail).toMatchObject({ hits: 0, misses: 1 });
  });

  it('is found stale by this suite when keys do not name the state: the mutant', async () => {
    const frozen = new Worker();
    frozen.tagVersions.latest = () => 'always the same';
    const { request, loads } = source();
    const first = frozen.cache.get(request);
    await turn();
    loads[0]?.('old');
    await first;
    frozen.publish('x');
    expect(await textOf(frozen.cache.get(request))).toBe('old');
  });
});

describe('names of states', () => {
  it('are the same for a worker that starts after the changes as for one that saw them', async () => {
    const shared = new MemoryTier({ bytesMax: 1_000_000 });
    const a = new Worker(shared);
    const { request, loads } = source();
    const first = a.cache.get(request);
    await turn();
    loads[0]?.('old');
    await first;
    a.publish('x');
    const late = new Worker(shared);
    const second = late.cache.get(request);
    await turn();
    loads[1]?.('new');
    expect(await textOf(second)).toBe('new');
  });

  it('cannot be had from a feed that was opened before', () => {
    const feed = new Feed(path.join(dataDir(), 'feed'), nodeFiles);
    feed.open();
    expect(() => new TagVersions(feed)).toThrow('before the feed is opened');
  });
});

describe('the drop table', () => {
  const touched = (types: EventType[], owners = ['ann', 'bob']): Set<string> =>
    new Set(invalidatedTags({ id: 'x', owners, types }));

  it.each([
    [
      'taskspace.updated',
      [
        'summary:x',
        'messages:x',
        'artifacts:x',
        'detail:x',
        'export:x',
        'list:*',
        'list:@ann',
        'list:@bob',
        'dashboard:@bob',
      ],
    ],
    ['task.changed', ['summary:x', 'detail:x', 'export:x', 'dashboard:*', 'search:@ann', 'list+summary:*']],
    ['message.posted', ['summary:x', 'messages:x', 'export:x', 'stats:@bob', 'list+summary:@ann']],
    ['artifact.written', ['summary:x', 'artifacts:x', 'artifact-list:*', 'export:x', 'search:*']],
  ] as const)('%s moves what rests on it', (type, tags) => {
    for (const tag of tags) expect(touched([type])).toContain(tag);
  });

  it.each([
    ['message.posted', ['artifacts:x', 'detail:x', 'list:*', 'list:@ann', 'artifact-list:*']],
    ['task.changed', ['messages:x', 'artifacts:x', 'list:*']],
    ['artifact.written', ['messages:x', 'detail:x', 'list:@ann']],
  ] as const)('%s leaves alone what does not', (type, tags) => {
    for (const tag of tags) expect(touched([type])).not.toContain(tag);
  });

  it('never moves another taskspace or owner', () => {
    const tags = [...touched(['taskspace.updated'], ['ann'])];
    expect(tags.filter((tag) => tag.includes('@') && !tag.endsWith('@ann'))).toEqual([]);
    expect(tags.filter((tag) => !tag.includes('@') && !tag.endsWith(':*') && !tag.endsWith(':x'))).toEqual(
      [],
    );
  });

  it('keeps an owner named * apart from all owners', () => {
    expect(ownerTag('list', '*')).not.toBe(ownerTag('list', null));
  });

  it('takes a publication without types for one about anything in its taskspace and about any owner', () => {
    const worker = new Worker();
    const latest = (tag: string): string => worker.tagVersions.latest([tag]);
    const moving = [
      ...TASKSPACE_ASPECTS.map((aspect) => taskspaceTag(aspect, 'x')),
      ...OWNER_ASPECTS.flatMap((aspect) => [ownerTag(aspect, null), ownerTag(aspect, 'zoe')]),
    ];
    const before = moving.map(latest);
    const other = latest(taskspaceTag('summary', 'other'));
    worker.feed.publish({ id: 'x', to: 1, head: 'h', owners: ['ann'], types: [] });
    for (const [index, tag] of moving.entries()) expect(latest(tag)).not.toBe(before[index]);
    // Else the first read of each taskspace after a start would void what is kept of all others.
    expect(latest(taskspaceTag('summary', 'other'))).toBe(other);
  });

  it('moves every name that a change is about, and no other', () => {
    const owned = OWNER_ASPECTS.flatMap((aspect) =>
      [null, 'ann', 'zoe'].map((owner) => ownerTag(aspect, owner)),
    );
    const ofTaskspaces = ['x', 'y'].flatMap((id) =>
      TASKSPACE_ASPECTS.map((aspect) => taskspaceTag(aspect, id)),
    );
    const all = [...owned, ...ofTaskspaces];
    const worker = new Worker();
    const types: EventType[] = ['taskspace.updated', 'task.changed', 'message.posted', 'artifact.written'];
    for (const type of [...types, ...types.reverse()]) {
      const before = all.map((tag) => worker.tagVersions.latest([tag]));
      worker.publish('x', [type], ['ann']);
      const moved = all.filter((tag, index) => worker.tagVersions.latest([tag]) !== before[index]);
      expect(new Set(moved)).toEqual(touched([type], ['ann']));
    }
  });

  it('takes an unreadable line for one about anything', () => {
    const worker = new Worker();
    worker.publish('x');
    const before = worker.tagVersions.latest([taskspaceTag('summary', 'other')]);
    const feed = path.join(dataDir(), 'feed');
    for (const name of fs.readdirSync(feed)) fs.appendFileSync(path.join(feed, name), 'torn\n');
    worker.feed.poll();
    expect(worker.tagVersions.latest([taskspaceTag('summary', 'other')])).not.toBe(before);
  });

  it('gives all workers the same names, also one that starts later', () => {
    const a = new Worker();
    for (let i = 0; i < 5; i++) a.publish(`t${i}`);
    a.feed.rotate();
    a.publish('t1');
    const b = new Worker();
    for (let i = 0; i < 5; i++) {
      const tags = [taskspaceTag('summary', `t${i}`)];
      a.feed.poll();
      expect(b.tagVersions.latest(tags)).toBe(a.tagVersions.latest(tags));
    }
  });
});
