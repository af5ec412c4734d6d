import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { FeedFolder } from '../../src/store/files/feed/folder.js';
import { FeedHistory } from '../../src/store/files/feed/history.js';
import type { Publication } from '../../src/store/files/feed/segment.js';
import { type Files, nodeFiles } from '../../src/store/files/journal/files.js';
import { type Change, positionOf } from '../../src/store/ports.js';
import { comparePositions, type Position } from '../../src/store/position.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();

function feedFolder(): string {
  return path.join(dataDir(), 'feed');
}

interface Reader {
  readonly feed: Feed;
  readonly changes: Change[];
  unreadable: number;
}

function open(): Reader {
  const feed = new Feed(feedFolder(), nodeFiles);
  const reader: Reader = { feed, changes: [], unreadable: 0 };
  feed.open();
  feed.subscribe({
    onChange: (change) => reader.changes.push(change),
    onUnreadable: () => {
      reader.unreadable++;
    },
  });
  return reader;
}

function publish({ feed }: Reader, id: string, to: number, again?: true): void {
  feed.publish({
    id,
    to,
    head: `head-${to}`,
    owners: ['ann'],
    types: ['message.posted'],
    ...(again ? { again } : {}),
  });
}

const spans = (reader: Reader): string[] => reader.changes.map(({ id, from, to }) => `${id} ${from}-${to}`);

function publication(id: string, to: number): Publication {
  return { id, to, head: `${id}${to}`, owners: [], types: [] };
}

describe('the feed', () => {
  it('stands for every commit after the highest one published before, and skips what is published twice', () => {
    const [a, b] = [open(), open()];
    publish(a, 'x', 1);
    publish(b, 'x', 1);
    publish(b, 'x', 4);
    publish(a, 'x', 3);
    a.feed.poll();
    b.feed.poll();
    expect(spans(a)).toEqual(['x 1-1', 'x 2-4']);
    expect(b.changes).toEqual(a.changes);
  });

  it('is read alike by all, whoever publishes, seals, starts anew or dies in the middle of a line', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('publish'),
        who: fc.nat(2),
        id: fc.constantFrom('x', 'y', 'z'),
        to: fc.integer({ min: 1, max: 30 }),
      }),
      fc.record({
        do: fc.constantFrom('rotate', 'poll', 'tear', 'begin'),
        who: fc.nat(2),
        id: fc.constant(''),
        to: fc.constant(0),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        fs.rmSync(feedFolder(), { recursive: true, force: true });
        const readers = [open(), open(), open()];
        const highest = new Map<string, number>();
        for (const { do: what, who, id, to } of steps) {
          const reader = readers[who] as Reader;
          if (what === 'publish') {
            publish(reader, id, to);
            highest.set(id, Math.max(highest.get(id) ?? 0, to));
            expect(reader.feed.reached(id)?.to).toBeGreaterThanOrEqual(to);
          } else if (what === 'rotate') reader.feed.rotate();
          else if (what === 'poll') reader.feed.poll();
          else if (what === 'begin') beginFeed(dataDir());
          else
            fs.appendFileSync(path.join(feedFolder(), reader.feed.segments().at(-1) ?? ''), '{"crc":"0000');
        }
        const late = open();
        for (const { feed } of readers) feed.poll();
        for (const [id, to] of highest) {
          for (const { feed } of [...readers, late]) expect(feed.reached(id)?.to).toBe(to);
          const mine = (readers[0] as Reader).changes.filter((change) => change.id === id);
          // Every commit once, in order, without a gap.
          expect(
            mine.flatMap(({ from, to: last }) => Array.from({ length: last - from + 1 }, (_, i) => from + i)),
          ).toEqual(Array.from({ length: to }, (_, i) => i + 1));
        }
        for (const reader of readers) expect(reader.changes).toEqual((readers[0] as Reader).changes);
        for (const { feed } of [...readers, late]) feed.close();
      }),
      { numRuns: 150 },
    );
  });

  it('takes all publications of one turn in one append, in their order, each published once', async () => {
    const [a, b] = [open(), open()];
    const before = fs.statSync(path.join(feedFolder(), a.feed.segmentName)).size;
    const appended: number[] = [];
    const woken: string[] = [];
    a.feed.onPublish((id) => woken.push(id));
    const all = [publication('x', 2), publication('y', 1), publication('x', 5), publication('x', 2)].map(
      (one) =>
        a.feed
          .publishSoon(one)
          .then(() => appended.push(fs.statSync(path.join(feedFolder(), a.feed.segmentName)).size)),
    );
    expect(a.feed.reached('x')).toBeUndefined();
    await Promise.all(all);
    b.feed.poll();
    expect(spans(b)).toEqual(['x 1-2', 'y 1-1', 'x 3-5']);
    expect(b.changes).toEqual(a.changes);
    expect(new Set(appended)).toEqual(new Set([appended[0]]));
    expect(appended[0]).toBeGreaterThan(before);
    expect(woken).toEqual(['x', 'y', 'x', 'x']);
  });

  it('appends anew what a short append has cut, and nothing twice', async () => {
    let short = 1;
    const files: Files = {
      ...nodeFiles,
      append: (fd, bytes) => nodeFiles.append(fd, short-- > 0 ? bytes.subarray(0, bytes.length - 30) : bytes),
    };
    const feed = new Feed(feedFolder(), files);
    feed.open();
    const b = open();
    await Promise.all(['x', 'y', 'z'].map((id) => feed.publishSoon(publication(id, 3))));
    b.feed.poll();
    expect(spans(b)).toEqual(['x 1-3', 'y 1-3', 'z 1-3']);
    feed.close();
  });

  it('refuses all publications of a turn whose append fails, and none of the next', async () => {
    let full = true;
    const files: Files = {
      ...nodeFiles,
      append(fd, bytes) {
        if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return nodeFiles.append(fd, bytes);
      },
    };
    open().feed.close();
    const feed = new Feed(feedFolder(), files);
    feed.open();
    const refused = await Promise.allSettled(['x', 'y'].map((id) => feed.publishSoon(publication(id, 1))));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    full = false;
    await feed.publishSoon(publication('x', 1));
    expect([feed.reached('x')?.to, feed.reached('y')]).toEqual([1, undefined]);
    feed.close();
  });

  it('is polled once for all who ask in one turn, and again for who asks in the next', async () => {
    let polls = 0;
    const files: Files = {
      ...nodeFiles,
      fstat(fd) {
        polls++;
        return nodeFiles.fstat(fd);
      },
    };
    const a = open();
    const feed = new Feed(feedFolder(), files);
    feed.open();
    polls = 0;
    const asked = Array.from({ length: 50 }, () => feed.pollSoon());
    // Acknowledged after they have asked, before the poll: it is in the answer of all.
    publish(a, 'x', 1);
    await Promise.all(asked);
    expect(feed.reached('x')?.to).toBe(1);
    expect(polls).toBeLessThan(5);
    publish(a, 'x', 2);
    await feed.pollSoon();
    expect(feed.reached('x')?.to).toBe(2);
    feed.close();
  });

  it('takes a line that was appended after a seal for nothing, and publishes it in the next segment', () => {
    const [a, b] = [open(), open()];
    publish(a, 'x', 1);
    b.feed.poll();
    a.feed.rotate();
    // b has not looked since: its line lands behind the seal.
    publish(b, 'x', 2);
    a.feed.poll();
    expect(spans(a)).toEqual(['x 1-1', 'x 2-2']);
    expect(a.changes.at(-1)?.segment).toBe(2);
  });

  it('says that everything may have changed when a line cannot be read', () => {
    const [a, b] = [open(), open()];
    fs.appendFileSync(path.join(feedFolder(), a.feed.segmentName), '{"crc":"12345678","id":"x","to":9}\n');
    publish(a, 'y', 1);
    b.feed.poll();
    expect([a.unreadable, b.unreadable]).toEqual([1, 1]);
    expect(spans(b)).toEqual(['y 1-1']);
  });

  it('publishes a journal again that was replaced by one that has not come so far', () => {
    const [a, b] = [open(), open()];
    publish(a, 'x', 9);
    publish(a, 'x', 5, true);
    publish(a, 'x', 6);
    b.feed.poll();
    expect(spans(b)).toEqual(['x 1-9', 'x 1-5', 'x 6-6']);
  });

  it('names a segment anew at every start, also when nothing was published in the last one', () => {
    beginFeed(dataDir());
    const names = [open().feed.segmentName];
    for (let i = 0; i < 3; i++) {
      beginFeed(dataDir());
      names.push(open().feed.segmentName);
    }
    expect(new Set(names).size).toBe(4);
  });

  it('keeps the present segment and as many old ones as fit the bound', () => {
    const a = open();
    for (let i = 1; i <= 5; i++) {
      for (let k = 0; k < 20; k++) publish(a, `t${k}`, i);
      a.feed.rotate();
    }
    const before = a.feed.segments();
    a.feed.retain(3_500);
    const after = a.feed.segments();
    expect(after.length).toBeGreaterThan(0);
    expect(after.length).toBeLessThan(before.length);
    expect(before.slice(-after.length)).toEqual(after);
    expect(after.at(-1)).toBe(a.feed.segmentName);
  });
});

describe('the history of the feed', () => {
  const start: Position = { epoch: '', segment: 0, at: 0, commit: 0 };

  async function all(history: FeedHistory, since: Position, limit: number): Promise<string[]> {
    const commits: string[] = [];
    let position = since;
    for (;;) {
      const page = await history.after(position, limit);
      for (const change of page) {
        for (let commit = change.from; commit <= change.to; commit++) commits.push(`${change.id}:${commit}`);
        position = positionOf(change, change.to);
      }
      if (page.length === 0) return commits;
    }
  }

  it('gives every commit once, in one order, from any position, in pages of any length, from memory and from disk', async () => {
    const a = open();
    const remembering = new FeedHistory(a.feed, new FeedFolder(feedFolder(), nodeFiles), nodeFiles);
    const expected: string[] = [];
    for (let i = 1; i <= 60; i++) {
      const id = `t${i % 7}`;
      const to = Math.ceil(i / 7) * 2;
      for (let commit = (a.feed.reached(id)?.to ?? 0) + 1; commit <= to; commit++)
        expected.push(`${id}:${commit}`);
      publish(a, id, to);
      if (i % 25 === 0) a.feed.rotate();
    }
    // Opened now, it remembers nothing and must read the segments.
    const reading = new FeedHistory(open().feed, new FeedFolder(feedFolder(), nodeFiles), nodeFiles);
    for (const limit of [1, 3, 1000]) {
      expect(await all(remembering, remembering.oldest(), limit)).toEqual(expected);
      expect(await all(reading, reading.oldest(), limit)).toEqual(expected);
    }
    for (const change of a.changes) {
      const since = positionOf(change, change.from);
      const rest = expected.slice(expected.indexOf(`${change.id}:${change.from}`) + 1);
      expect(await all(reading, since, 5)).toEqual(rest);
      expect(await all(remembering, since, 5)).toEqual(rest);
    }
    expect(await all(reading, a.feed.position, 5)).toEqual([]);
  });

  it('remembers the present segment when it is made before the feed is opened', async () => {
    const a = open();
    publish(a, 'x', 1);
    a.feed.rotate();
    for (let to = 2; to <= 9; to++) publish(a, 'x', to);
    const opened: string[] = [];
    const open2 = (name: string, mode: Parameters<typeof nodeFiles.open>[1]): number | null => {
      opened.push(path.basename(name));
      return nodeFiles.open(name, mode);
    };
    const feed = new Feed(feedFolder(), nodeFiles);
    const history = new FeedHistory(feed, new FeedFolder(feedFolder(), nodeFiles), {
      ...nodeFiles,
      open: open2,
    });
    feed.open();
    const present = { ...feed.position, at: 0, commit: 0 };
    expect(await all(history, present, 3)).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((commit) => `x:${commit}`));
    expect(opened).toEqual([]);
    expect(await all(history, history.oldest(), 100)).toHaveLength(9);
    expect(opened.length).toBeGreaterThan(0);
    feed.close();
  });

  it('reads an old segment once for a reader who takes it page by page, however much of a page he takes', async () => {
    const a = open();
    for (let to = 1; to <= 400; to++) publish(a, `t${to % 9}`, to);
    a.feed.rotate();
    const from: number[] = [];
    const read = (fd: number, buffer: Buffer, length: number, position: number): number => {
      from.push(position);
      return nodeFiles.read(fd, buffer, length, position);
    };
    const history = new FeedHistory(open().feed, new FeedFolder(feedFolder(), nodeFiles), {
      ...nodeFiles,
      read,
    });
    const positions: Position[] = [];
    for (let since = history.oldest(); ; ) {
      const page = await history.after(since, 10);
      for (const change of page.slice(0, 7)) positions.push(positionOf(change, change.to));
      if (page.length === 0) break;
      since = positions.at(-1) ?? since;
    }
    expect(positions).toEqual(a.changes.map((change) => positionOf(change, change.to)));
    expect(from.length).toBeGreaterThan(20);
    // Once in the old segment, and once in the present one.
    expect(from.filter((position) => position === 0)).toHaveLength(2);
  });

  it('says that a position is gone when its segment is not kept, or was never there', async () => {
    const a = open();
    publish(a, 'x', 1);
    const early = positionOf(a.changes[0] as Change, 1);
    a.feed.rotate();
    a.feed.rotate();
    a.feed.retain(1);
    const history = new FeedHistory(a.feed, new FeedFolder(feedFolder(), nodeFiles), nodeFiles);
    await expect(history.after(early, 10)).rejects.toMatchObject({ code: 'position_gone' });
    await expect(history.after({ ...early, segment: 99 }, 10)).rejects.toMatchObject({
      code: 'position_gone',
    });
    expect(comparePositions(start, early)).toBeLessThan(0);
  });

  it('says that a position is gone when the lines before it have become unreadable', async () => {
    beginFeed(dataDir());
    const a = open();
    publish(a, 'x', 1);
    const early = a.feed.position;
    publish(a, 'x', 4);
    const lost = a.feed.position;
    const file = path.join(feedFolder(), a.feed.segmentName);
    // As a power cut may leave it.
    fs.writeFileSync(file, fs.readFileSync(file).fill(0, early.at));
    beginFeed(dataDir());
    const b = open();
    publish(b, 'x', 5);
    await expect(b.feed.after(lost, 10)).rejects.toMatchObject({ code: 'position_gone' });
    expect(await b.feed.after(early, 10)).toMatchObject([{ from: 2, to: 5 }]);
  });
});
