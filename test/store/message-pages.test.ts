import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, ROLES } from '../../src/domain/message.js';
import type { MessageFilter, MessageRange } from '../../src/domain/message-filter.js';
import { putPlan } from '../../src/domain/plan-command.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { StoreOfOne } from './store-of-one.js';

const EVERYTHING: MessageFilter = { conversation: null, from: null, to: null, role: null };
const NAMES = ['default', 'a', 'a_b', 'rare', 'never'];
/** Its JSON has escapes, and more bytes than characters. */
const ODD = 'Zoë "Z" \\ 漢';
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-pages-'));
let one: StoreOfOne;
let all: Message[] = [];

/** Some 600 messages over many marks, in batches and alone, in two lives, with other commits between them. */
beforeAll(async () => {
  one = new StoreOfOne(dataDir);
  await one.create();
  await one.post([{ content: 'of the life before' }, { content: 'too', conversation: 'a' }]);
  await one.delete();
  await one.create();
  for (let n = 0; n < 200; n++) {
    const size = n % 17 === 0 ? 20_000 : (n * 37) % 900;
    const batch = Array.from({ length: 1 + (n % 5) }, (_, i) => ({
      content: `${n} ${i} ${'x'.repeat(size)}`,
      conversation: n === 100 ? 'rare' : (['default', 'a', 'a_b'][(n + i) % 3] ?? ''),
      role: ROLES[(n * 3 + i) % ROLES.length],
      from: n % 7 === 0 ? 'bob' : n === 101 ? ODD : undefined,
      to: n % 4 === 0 ? 'carol' : n === 55 ? ODD : undefined,
    }));
    await one.post(batch);
    if (n % 20 === 0) await one.write(putPlan({ goal: String(n).repeat(3000) }, {}));
  }
  all = await one.folder.messages(EVERYTHING, {
    after: 0,
    before: Number.MAX_SAFE_INTEGER,
    order: 'asc',
    limit: 100_000,
  });
}, 60_000);

afterAll(() => {
  one.close();
  fs.rmSync(dataDir, { recursive: true });
});

function naive(
  { conversation, from, to, role }: MessageFilter,
  { after, before, order, limit }: MessageRange,
): number[] {
  const found = all
    .filter(({ seq }) => seq > after && seq < before)
    .filter((message) => conversation === null || message.conversation === conversation)
    .filter((message) => from === null || message.from === from)
    .filter((message) => to === null || message.to === null || message.to === to)
    .filter((message) => role === null || message.role === role)
    .map(({ seq }) => seq);
  return (order === 'asc' ? found : found.reverse()).slice(0, limit);
}

const filters: fc.Arbitrary<MessageFilter> = fc.record({
  conversation: fc.option(fc.constantFrom(...NAMES)),
  from: fc.option(fc.constantFrom('ann', 'bob', 'never', ODD)),
  to: fc.option(fc.constantFrom('carol', 'dave', ODD)),
  role: fc.option(fc.constantFrom(...ROLES)),
});
const ranges: fc.Arbitrary<MessageRange> = fc.record({
  after: fc.integer({ min: 0, max: 700 }),
  before: fc.oneof(fc.integer({ min: 0, max: 700 }), fc.constant(Number.MAX_SAFE_INTEGER)),
  order: fc.constantFrom('asc', 'desc'),
  limit: fc.integer({ min: 1, max: 60 }),
});

describe('a page of messages', () => {
  it('has every message of this life and none of the one before', () => {
    expect(all.length).toBe(one.folder.state.messages.count);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 3));
  });

  it('is at any place, in both orders and with all filters what a naive filter gives', async () => {
    await fc.assert(
      fc.asyncProperty(filters, ranges, async (filter, range) => {
        const page = await one.folder.messages(filter, range);
        expect(page.map(({ seq }) => seq)).toEqual(naive(filter, range));
      }),
      { numRuns: 400 },
    );
  });

  // Fails when a filter forgets the messages to everybody, a default (conversation, role, sender), or one bit
  // of a trait.
  it('is that also where a filter lets hardly anything pass', async () => {
    const range = { after: 0, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 1000 } as const;
    const each = [
      { from: ODD },
      { to: ODD, role: 'tool' },
      { conversation: 'rare' },
      { conversation: 'rare', from: ODD },
      { from: 'never' },
      { to: 'never' },
    ] as const;
    for (const part of each) {
      const filter = { ...EVERYTHING, ...part };
      const page = await one.folder.messages(filter, range);
      expect(page.map(({ seq }) => seq)).toEqual(naive(filter, range));
    }
    expect(naive({ ...EVERYTHING, from: ODD }, range)).toHaveLength(2);
  });

  it('gives all of it when one pages through, forwards and backwards', async () => {
    for (const order of ['asc', 'desc'] as const) {
      const seqs: number[] = [];
      let after = 0;
      let before = Number.MAX_SAFE_INTEGER;
      for (;;) {
        const page = await one.folder.messages(EVERYTHING, { after, before, order, limit: 37 });
        seqs.push(...page.map(({ seq }) => seq));
        const last = page.at(-1)?.seq;
        if (last === undefined) break;
        if (order === 'asc') after = last;
        else before = last;
      }
      expect(order === 'asc' ? seqs : seqs.reverse()).toEqual(all.map(({ seq }) => seq));
    }
  });

  it('is the same from another handle that began at a snapshot', async () => {
    const { journal } = one.folder as unknown as {
      journal: { writeSnapshot(durable: () => Promise<void>): Promise<void> };
    };
    await journal.writeSnapshot(() => Promise.resolve());
    const two = new StoreOfOne(dataDir);
    await two.present();
    const range = { after: 100, before: 400, order: 'desc', limit: 100 } as const;
    expect(await two.folder.messages(EVERYTHING, range)).toEqual(
      await one.folder.messages(EVERYTHING, range),
    );
    two.close();
  });

  it('is whole although the journal is read anew meanwhile', async () => {
    const file = one.at('journal.jsonl');
    const range = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 100_000 } as const;
    for (let n = 0; n < 20; n++) {
      const pages = (['asc', 'desc'] as const).map((order) =>
        one.folder.messages(EVERYTHING, { ...range, order }),
      );
      for (let turn = 0; turn < n; turn++) await null;
      fs.chmodSync(file, n % 2 === 0 ? 0o600 : 0o644);
      await one.present();
      for (const page of await Promise.all(pages)) expect(page).toHaveLength(all.length);
    }
  });

  it('keeps one conversation apart from another whose name begins like it', async () => {
    const many = new StoreOfOne(fs.mkdtempSync(path.join(dataDir, 'many-')));
    await many.create();
    for (let n = 0; n < 30; n++)
      await many.post(
        Array.from({ length: 100 }, (_, i) => ({
          content: String(i),
          conversation: `c${i}`,
          ...(i === 7 ? { from: 'x' } : {}),
        })),
      );
    expect((await many.present()).conversations.size).toBe(100);
    for (const conversation of ['c1', 'c10', 'c99']) {
      const found = await many.folder.messages(
        { ...EVERYTHING, conversation },
        { after: 0, before: 1e9, order: 'desc', limit: 1000 },
      );
      expect(found).toHaveLength(30);
      expect(new Set(found.map((message) => message.conversation))).toEqual(new Set([conversation]));
    }
    many.close();
  });

  // Fails when the stretches that cannot hold what is looked for are read all the same.
  it('reads little of the journal, wherever it lies and however little passes', async () => {
    let bytes = 0;
    const read: typeof nodeFiles.read = (fd, buffer, length, position) => {
      const count = nodeFiles.read(fd, buffer, length, position);
      bytes += count;
      return count;
    };
    const large = new StoreOfOne(fs.mkdtempSync(path.join(dataDir, 'large-')), {
      files: { ...nodeFiles, read },
    });
    await large.create();
    for (let n = 0; n < 200; n++) {
      const batch = Array.from({ length: 50 }, (_, i) => ({
        content: 'x'.repeat(100),
        conversation: `c${i % 5}`,
        from: `agent-${i % 7}`,
        to: 'all',
      }));
      await large.post(batch);
      if (n === 20 || n === 90 || n === 150)
        await large.post([{ conversation: 'x', from: 'rare', to: 'me', role: 'tool' }]);
      if (n % 10 === 0) await large.write(putPlan({ goal: `${n}`, tasks: planOf(300_000) }, {}));
    }
    await large.present();
    const whole = fs.statSync(large.at('journal.jsonl')).size;
    expect(whole).toBeGreaterThan(7_000_000);
    const { lastSeq } = large.folder.state.messages;
    const everywhere = { after: 0, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 51 } as const;
    const pages: [Partial<MessageFilter>, Partial<MessageRange>, found: number][] = [
      [{ conversation: 'x' }, {}, 3],
      [{ conversation: 'x' }, { order: 'desc', limit: 1 }, 1],
      [{ from: 'rare' }, {}, 3],
      [{ to: 'me' }, {}, 3],
      [{ role: 'tool' }, { order: 'desc' }, 3],
      [{ from: 'never' }, {}, 0],
      [{}, {}, 51],
      [{}, { after: lastSeq >> 1 }, 51],
      [{}, { order: 'desc' }, 51],
      [{}, { after: lastSeq - 2000, before: lastSeq - 1998, limit: 1 }, 1],
      [{ conversation: 'c3' }, { after: lastSeq >> 1, limit: 9 }, 9],
    ];
    for (const [filter, range, found] of pages) {
      bytes = 0;
      const page = await large.folder.messages({ ...EVERYTHING, ...filter }, { ...everywhere, ...range });
      expect(page).toHaveLength(found);
      expect(bytes).toBeLessThan(150_000);
    }
    large.close();
  });
});

function planOf(bytes: number) {
  return Array.from({ length: bytes / 10_000 }, (_, i) => ({ name: `task ${i}`, goal: 'g'.repeat(10_000) }));
}
