/**
 * The feed where its files do not go on by themselves: removed, put back, cut short, or passed by while
 * nobody polled.
 */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TagVersions } from '../../src/cache/tag-versions.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { FeedFolder } from '../../src/store/files/feed/folder.js';
import { FeedHistory } from '../../src/store/files/feed/history.js';
import { FeedRetention } from '../../src/store/files/feed/retention.js';
import { markCleanStop, readFeedStart } from '../../src/store/files/feed/start.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { type Change, positionOf } from '../../src/store/ports.js';
import { type Position, parsePosition, positionText } from '../../src/store/position.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
const feedFolder = (): string => path.join(dataDir(), 'feed');
const backup = (): string => path.join(dataDir(), 'backup');
const TAG = 'summary:x';

interface Process {
  readonly feed: Feed;
  readonly tagVersions: TagVersions;
  readonly history: FeedHistory;
  readonly changes: Change[];
  unreadable: number;
}

function open(): Process {
  const feed = new Feed(feedFolder(), nodeFiles);
  const tagVersions = new TagVersions(feed);
  const history = new FeedHistory(feed, new FeedFolder(feedFolder(), nodeFiles), nodeFiles);
  const process: Process = { feed, tagVersions, history, changes: [], unreadable: 0 };
  feed.subscribe({
    onChange: (change) => process.changes.push(change),
    onUnreadable: () => process.unreadable++,
  });
  feed.open();
  return process;
}

function publish({ feed }: Process, to: number, id = 'x'): void {
  feed.publish({ id, to, head: `head-${to}`, owners: ['ann'], types: ['message.posted'] });
}

async function commits(process: Process, since: Position): Promise<number[]> {
  const found: number[] = [];
  for (let position = since; ; ) {
    const page = await process.history.after(position, 7);
    for (const change of page) {
      for (let commit = change.from; commit <= change.to; commit++) found.push(commit);
      position = positionOf(change, change.to);
    }
    if (page.length === 0) return found;
  }
}

const gone = (process: Process, since: Position) =>
  expect(process.history.after(since, 10)).rejects.toMatchObject({ code: 'position_gone' });

function save(): void {
  if (fs.existsSync(feedFolder())) fs.cpSync(feedFolder(), backup(), { recursive: true });
}
function putBack(): void {
  fs.rmSync(feedFolder(), { recursive: true, force: true });
  fs.cpSync(backup(), feedFolder(), { recursive: true });
}

describe('a process that nobody asks while the feed goes on', () => {
  it('joins the others when the segments between are not kept any more, and knows that it has missed something', async () => {
    const [idle, busy] = [open(), open()];
    publish(busy, 1);
    idle.feed.poll();
    const place = idle.feed.position;
    for (let to = 2; to <= 5; to++) {
      busy.feed.rotate();
      publish(busy, to);
      busy.feed.retain(1);
    }
    idle.feed.poll();
    expect(idle.feed.position).toEqual(busy.feed.position);
    expect(idle.unreadable).toBe(1);
    expect(idle.tagVersions.latest([TAG])).toBe(busy.tagVersions.latest([TAG]));
    await gone(idle, place);
    publish(idle, 6);
    busy.feed.poll();
    expect(busy.changes.at(-1)).toMatchObject({ from: 6, to: 6 });
    expect(busy.feed.segments()).toEqual([busy.feed.segmentName]);
  });

  it('publishes where the others publish, though it had not polled before', () => {
    const [idle, busy] = [open(), open()];
    for (let to = 1; to <= 3; to++) {
      publish(busy, to);
      busy.feed.rotate();
      busy.feed.retain(1);
    }
    publish(idle, 4);
    busy.feed.poll();
    expect(busy.changes.at(-1)).toMatchObject({ from: 4, to: 4 });
  });

  it('stays in no segment that it made behind the others, stopped between two steps', () => {
    const [idle, busy] = [open(), open()];
    publish(busy, 1);
    idle.feed.poll();
    busy.feed.rotate();
    const second = busy.feed.segmentName;
    busy.feed.rotate();
    publish(busy, 2);
    busy.feed.retain(1);
    // As it stands when somebody made it who had found nothing newer, and stood still before he did.
    const head = fs.readFileSync(path.join(feedFolder(), busy.feed.segmentName), 'utf8').split('\n')[0] ?? '';
    fs.writeFileSync(path.join(feedFolder(), second), `${head.replace('"segment":3', '"segment":2')}\n`);
    idle.feed.poll();
    expect(idle.feed.position).toEqual(busy.feed.position);
  });

  it('finds out within a check that the others are elsewhere', () => {
    const [here, there] = [open(), open()];
    publish(here, 1);
    there.feed.poll();
    // Behind a name that is newer, without a seal that leads to it.
    fs.copyFileSync(
      path.join(feedFolder(), here.feed.segmentName),
      path.join(feedFolder(), '00000009-aaaaaaaa.log'),
    );
    here.feed.checkContinuity();
    publish(here, 2);
    there.feed.checkContinuity();
    expect(there.feed.position).toEqual(here.feed.position);
    expect(there.feed.reached('x')?.to).toBe(2);
  });
});

describe('a feed whose files were removed or put back', () => {
  it.each([
    ['all of them', () => fs.rmSync(feedFolder(), { recursive: true })],
    [
      'the present one',
      () => fs.rmSync(path.join(feedFolder(), fs.readdirSync(feedFolder()).sort().at(-1) ?? '')),
    ],
    [
      'emptied',
      () => fs.truncateSync(path.join(feedFolder(), fs.readdirSync(feedFolder()).sort().at(-1) ?? '')),
    ],
    ['put back older', putBack],
  ])('goes on as one feed that continues none, under the running server: %s', async (_what, change) => {
    const all = [open(), open(), open()];
    const [a, b, c] = all as [Process, Process, Process];
    publish(a, 1);
    a.feed.rotate();
    save();
    for (let to = 2; to <= 4; to++) publish(b, to);
    for (const { feed } of all) feed.poll();
    const [place, name] = [a.feed.position, a.tagVersions.latest([TAG])];
    change();
    publish(b, 5);
    for (const { feed } of [a, c]) feed.poll();
    const late = open();
    for (const one of [a, c, late]) {
      expect(one.feed.position).toEqual(b.feed.position);
      expect(one.feed.reached('x')?.to).toBe(5);
      expect(one.tagVersions.latest([TAG])).not.toBe(name);
      await gone(one, place);
    }
    expect([a, b, c].map(({ unreadable }) => unreadable > 0)).toEqual([true, true, true]);
    publish(late, 6);
    for (const one of all) {
      one.feed.poll();
      expect((await commits(one, one.history.oldest())).at(-1)).toBe(6);
    }
  });

  it('says of a place of another feed that it is gone, after a start, and goes on from one that both have', async () => {
    beginFeed(dataDir());
    const first = open();
    for (let to = 1; to <= 3; to++) publish(first, to);
    const common = positionOf(first.changes[1] as Change, 2);
    const end = first.feed.position;
    save();
    for (let to = 4; to <= 6; to++) publish(first, to);
    const lost = positionOf(first.changes[3] as Change, 4);
    const lostEnd = first.feed.position;
    first.feed.close();
    beginFeed(dataDir());
    const second = open();
    publish(second, 7);
    const later = positionOf(second.changes.at(-1) as Change, 7);
    expect(await commits(second, common)).toEqual([3, 4, 5, 6, 7]);
    second.feed.close();
    putBack();
    beginFeed(dataDir());
    const third = open();
    for (let to = 5; to <= 9; to++) publish(third, to);
    for (const place of [lost, lostEnd, later]) await gone(third, place);
    expect(await commits(third, common)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(await commits(third, end)).toEqual([4, 5, 6, 7, 8, 9]);
    third.feed.close();
    fs.rmSync(feedFolder(), { recursive: true });
    beginFeed(dataDir());
    const fourth = open();
    for (const place of [common, end, lost, lostEnd, later]) await gone(fourth, place);
  });

  it('never names two states by the same tag version, whatever is published, removed and put back', () => {
    const step = fc.record({
      what: fc.constantFrom(
        'publish',
        'publish',
        'publish',
        'poll',
        'rotate',
        'retain',
        'save',
        'wipe',
        'back',
        'begin',
        'join',
      ),
      who: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        for (const folder of [feedFolder(), backup()]) fs.rmSync(folder, { recursive: true, force: true });
        const processes = [open(), open(), open()];
        const states = new Map<string, number>();
        let acknowledged = 0;
        const see = ({ feed, tagVersions }: Process): void => {
          // As each process does once a second.
          feed.checkContinuity();
          feed.poll();
          const name = tagVersions.latest([TAG]);
          expect(states.get(name) ?? acknowledged).toBe(acknowledged);
          states.set(name, acknowledged);
        };
        for (const { what, who } of steps) {
          const one = processes[who] as Process;
          if (what === 'publish') {
            one.feed.checkContinuity();
            publish(one, ++acknowledged);
          } else if (what === 'poll') see(one);
          else if (what === 'rotate') one.feed.rotate();
          else if (what === 'retain') one.feed.retain(1);
          else if (what === 'save') {
            fs.rmSync(backup(), { recursive: true, force: true });
            save();
          } else if (what === 'begin') beginFeed(dataDir());
          else if (what === 'wipe') fs.rmSync(feedFolder(), { recursive: true, force: true });
          else if (what === 'back' && fs.existsSync(backup())) {
            putBack();
            // Within a second each has found out; one that has not come so far would take the old copy for
            // its own.
            for (const other of processes) other.feed.checkContinuity();
          } else if (what === 'join') {
            for (const other of processes) other.feed.checkContinuity();
            processes[who] = open();
          }
        }
        // Each may find out for itself, and end what the others had begun.
        for (let round = 0; round <= processes.length; round++) for (const one of processes) see(one);
        for (const { feed } of processes) expect(feed.position).toEqual(processes[0]?.feed.position);
        for (const { feed } of processes) feed.close();
      }),
      {
        numRuns: 100,
        // The same old copy comes back a second time.
        examples: [[['poll', 'save', 'back', 'publish', 'back'].map((what) => ({ what, who: 0 }))]],
      },
    );
  });

  it('is gone on with once there is room again, when there was none for the next segment', () => {
    let full = false;
    const makeFolder = (folder: string): boolean => {
      if (full) throw new Error('ENOSPC');
      return nodeFiles.makeFolder(folder);
    };
    const [a, b] = [new Feed(feedFolder(), { ...nodeFiles, makeFolder }), open()];
    a.open();
    full = true;
    expect(() => a.rotate()).toThrow('ENOSPC');
    expect(() => a.poll()).toThrow('ENOSPC');
    full = false;
    expect(a.poll().segment).toBe(2);
    publish(b, 1);
    a.poll();
    expect(a.reached('x')?.to).toBe(1);
  });
});

describe('the mark of a clean stop', () => {
  const clean = (): boolean | undefined => {
    beginFeed(dataDir());
    return readFeedStart(dataDir())?.clean;
  };
  const began = (): void => {
    fs.mkdirSync(path.join(dataDir(), 'taskspaces'), { recursive: true });
    fs.mkdirSync(path.join(dataDir(), 'catalog', '5'), { recursive: true });
    fs.writeFileSync(path.join(dataDir(), 'catalog', '5', 'catalog.db'), 'rows');
    beginFeed(dataDir());
    markCleanStop(dataDir());
  };

  function putBackNow(): void {
    save();
    putBack();
  }

  it('counts once', () => {
    began();
    expect([clean(), clean()]).toEqual([true, false]);
  });

  it.each([
    ['the feed is a copy', putBackNow],
    [
      'the feed was moved back',
      () => {
        fs.renameSync(feedFolder(), backup());
        beginFeed(dataDir());
        markCleanStop(dataDir());
        fs.rmSync(feedFolder(), { recursive: true });
        fs.renameSync(backup(), feedFolder());
      },
    ],
    [
      'the catalog is a copy',
      () => {
        const file = path.join(dataDir(), 'catalog', '5', 'catalog.db');
        fs.writeFileSync(file, fs.readFileSync(file));
      },
    ],
    ['the catalog was removed', () => fs.rmSync(path.join(dataDir(), 'catalog', '5', 'catalog.db'))],
    ['a taskspace was copied in', () => fs.mkdirSync(path.join(dataDir(), 'taskspaces', 'one'))],
    [
      'all taskspaces were put back',
      () => {
        fs.renameSync(path.join(dataDir(), 'taskspaces'), path.join(dataDir(), 'old'));
        fs.cpSync(path.join(dataDir(), 'old'), path.join(dataDir(), 'taskspaces'), { recursive: true });
      },
    ],
  ])('does not count when %s', (_what, change) => {
    began();
    change();
    expect(clean()).toBe(false);
  });
});

describe('the length of the feed', () => {
  it('is that of what was published: with many taskspaces nothing rotates, and nothing goes, without a write', () => {
    const a = open();
    for (let n = 0; n < 60; n++) publish(a, 1, `taskspace-number-${n}`);
    a.feed.rotate();
    const keeper = new FeedRetention(a.feed, 4_000, () => undefined);
    try {
      const before = a.feed.segments();
      for (let n = 0; n < 3; n++) keeper.round();
      expect(a.feed.position.at).toBeGreaterThan(1_000);
      expect([a.feed.segments(), a.feed.segmentName]).toEqual([before.slice(1), before.at(-1)]);
      for (let to = 2; to <= 12; to++) publish(a, to);
      keeper.round();
      expect(a.feed.segmentName).not.toBe(before.at(-1));
      keeper.round();
      expect(a.feed.segments()).toHaveLength(2);
    } finally {
      keeper.close();
    }
  });
});

describe('a position as text', () => {
  it('names its feed, and one of an earlier version names none', () => {
    const place = { epoch: '0a1b2c3d', segment: 12, at: 345, commit: 6 };
    expect(positionText(place)).toBe('0a1b2c3d.12.345.6');
    expect(parsePosition('0a1b2c3d.12.345.6')).toEqual(place);
    expect(parsePosition('12.345.6')).toEqual({ ...place, epoch: '' });
    for (const text of ['', 'now', '1.2', '0a1b2c3.1.2.3', '0a1b2c3d.1.2', '0A1B2C3D.1.2.3', '1.2.3.4'])
      expect(parsePosition(text)).toBeNull();
  });
});
