import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readyBody } from '../../src/app/taskspaces/ready-bodies.js';
import { L1 } from '../../src/cache/l1.js';
import { Statistics } from '../../src/cache/statistics.js';
import { createTaskspace, type Decide, deleteTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { postMessages } from '../../src/domain/message-command.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { FileStore } from '../../src/store/files/store.js';
import { gatedFiles } from '../kit/files/gated-files.js';
import { openDescriptors, temporaryFolder } from '../kit/files/temporary-folder.js';
import { peeked } from '../kit/peeked.js';

const dataDir = temporaryFolder();
const MANY = 100 * 1024 * 1024;

beforeEach(() => {
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir(), name));
});

/** What one worker has. */
class Worker {
  readonly store: FileStore;
  readonly l1: L1;

  constructor(
    bytesMax: number,
    { files = nodeFiles, trustMs = null }: { files?: typeof nodeFiles; trustMs?: number | null } = {},
  ) {
    this.store = new FileStore({ dataDir: dataDir(), log: { warn: () => {} }, files });
    this.store.begin();
    this.l1 = new L1(this.store, new Statistics(), { bytesMax, ttlSeconds: 1800, trustMs });
  }

  async write(id: string, decide: Decide): Promise<void> {
    await this.l1.use(id, ({ folder }) =>
      folder.write({ by: 'ann', owner: 'ann', decide, answer: () => null }),
    );
  }

  read(id: string): Promise<{ name: string | undefined; lastSeq: number; hit: boolean }> {
    return this.l1.use(id, ({ folder: { state } }, hit) => ({
      name: state.metadata?.name,
      lastSeq: state.messages.lastSeq,
      hit,
    }));
  }

  close(): void {
    this.l1.close();
    this.store.close();
  }
}

describe('L1', () => {
  it('stays under its bound in bytes, and gives up the descriptors of what it drops', async () => {
    const worker = new Worker(100_000);
    for (let n = 0; n < 80; n++)
      await worker.write(`t${n}`, createTaskspace({ description: 'x'.repeat(1000) }));
    const stats = worker.l1.stats(null);
    expect(stats?.bytes).toBeLessThanOrEqual(100_000);
    expect(stats?.entries).toBeLessThan(80);
    expect(stats?.evictions.size).toBe(80 - (stats?.entries ?? 0));
    expect(openDescriptors(path.join(dataDir(), 'taskspaces'))).toBeLessThanOrEqual(stats?.entries ?? 0);
    for (let n = 0; n < 80; n++) expect((await worker.read(`t${n}`)).name).toBe(`t${n}`);
    worker.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });

  it('counts what grows: a taskspace that got large pushes others out, one larger than all of it is not taken', async () => {
    const worker = new Worker(200_000);
    for (let n = 0; n < 10; n++) await worker.write(`t${n}`, createTaskspace({}));
    await worker.write('t0', patchTaskspace({ data: { big: 'x'.repeat(60_000) } }, {}));
    expect(worker.l1.stats(null)?.bytes).toBeLessThanOrEqual(200_000);
    await worker.write('t0', patchTaskspace({ data: { big: 'y'.repeat(200_000) } }, {}));
    expect(worker.l1.stats(null)?.bytes).toBeLessThanOrEqual(200_000);
    expect([...worker.l1.entries()].map(([id]) => id)).not.toContain('t0');
    expect((await worker.read('t0')).name).toBe('t0');
    worker.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });

  it('counts the bodies that are kept with a state', async () => {
    const worker = new Worker(MANY);
    await worker.write('a', createTaskspace({ data: { big: 'x'.repeat(100_000) } }));
    const before = worker.l1.stats(null)?.bytes ?? 0;
    await worker.l1.use('a', (cached) => {
      const { state } = cached.folder;
      if (state.metadata) readyBody(cached, { ...state, metadata: state.metadata }, 'detail');
    });
    expect((worker.l1.stats(null)?.bytes ?? 0) - before).toBeGreaterThan(100_000 / 2);
    worker.close();
  });

  it("shows another worker's write to the next read, on the way past it and on the way through it", async () => {
    const one = new Worker(MANY);
    const two = new Worker(MANY);
    await one.write('a', createTaskspace({ name: '0' }));
    for (let n = 1; n <= 200; n++) {
      const [writer, reader] = n % 2 === 0 ? [one, two] : [two, one];
      await writer.write('a', patchTaskspace({ name: String(n) }, {}));
      expect((await peeked(reader.l1, 'a'))?.folder.state.metadata?.name ?? String(n)).toBe(String(n));
      expect((await reader.read('a')).name).toBe(String(n));
      expect((await writer.read('a')).hit).toBe(true);
    }
    one.close();
    two.close();
  });

  it('shows a delete and the next life at once, and no body of the life before', async () => {
    const one = new Worker(MANY);
    const two = new Worker(MANY);
    await one.write('a', createTaskspace({ name: 'old' }));
    await two.read('a');
    await one.write('a', deleteTaskspace({}));
    expect((await peeked(two.l1, 'a'))?.folder.state.deleted).not.toBeNull();
    await one.write('a', createTaskspace({ name: 'new' }));
    expect((await two.read('a')).name).toBe('new');
    one.close();
    two.close();
  });

  it('goes wrong when the look at the journal lies: the mutant whose stat stands still serves an old state', async () => {
    const one = new Worker(MANY);
    let frozen: ReturnType<typeof nodeFiles.stat> | undefined;
    const files = {
      ...nodeFiles,
      stat: (file: string) => (frozen && file.endsWith('journal.jsonl') ? frozen : nodeFiles.stat(file)),
    };
    const two = new Worker(MANY, { files });
    await one.write('a', createTaskspace({ name: 'old' }));
    await two.read('a');
    frozen = nodeFiles.stat(path.join(dataDir(), 'taskspaces/a/journal.jsonl'));
    await one.write('a', patchTaskspace({ name: 'new' }, {}));
    expect((await two.read('a')).name).toBe('old');
    frozen = undefined;
    expect((await two.read('a')).name).toBe('new');
    one.close();
    two.close();
  });

  it('lets writers of the same moment share one sync, with L1 and without', async () => {
    for (const bytesMax of [MANY, 0]) {
      const files = gatedFiles(nodeFiles);
      const worker = new Worker(bytesMax, { files });
      const id = `shared-${bytesMax}`;
      await worker.write(id, createTaskspace({}));
      const before = files.count('fdatasync');
      await Promise.all(Array.from({ length: 40 }, () => worker.write(id, postMessages([{ content: 'x' }]))));
      expect(files.count('fdatasync') - before).toBeLessThan(10);
      expect((await worker.read(id)).lastSeq).toBe(40);
      worker.close();
    }
  });

  it('keeps nothing when it is off: no descriptor stays open', async () => {
    const worker = new Worker(0);
    for (let n = 0; n < 10; n++) await worker.write(`t${n}`, createTaskspace({}));
    expect(worker.l1.stats(null)).toBeNull();
    expect(await peeked(worker.l1, 't1')).toBeUndefined();
    expect(openDescriptors(path.join(dataDir(), 'taskspaces'))).toBe(0);
    worker.close();
  });

  it('never shows a state that is being folded, in whatever turn after a load another load begins', async () => {
    const files = gatedFiles(nodeFiles);
    const worker = new Worker(MANY, { files });
    await worker.write('a', createTaskspace({}));
    const batch = Array.from({ length: 50 }, () => ({ content: 'x'.repeat(9000), conversation: 'c' }));
    for (let n = 0; n < 2; n++) await worker.write('a', postMessages(batch));
    const file = path.join(dataDir(), 'taskspaces/a/journal.jsonl');
    const filter = { conversation: 'c', from: null, to: null, role: null };
    const range = { after: 0, before: 1e9, order: 'asc', limit: 1000 } as const;
    const reads = {
      state: async () => (await worker.read('a')).lastSeq,
      page: () => worker.l1.use('a', async ({ folder }) => (await folder.messages(filter, range)).length),
    };
    let mode = 0o600;
    for (const read of Object.values(reads)) {
      for (let turns = 0; turns < 30; turns++) {
        const others: Promise<number>[] = [];
        async function another(): Promise<void> {
          for (let turn = 0; turn < turns; turn++) await null;
          mode ^= 0o040;
          fs.chmodSync(file, mode);
          others.push(reads.state());
        }
        worker.l1.drop('a');
        files.after('close', () => void another());
        expect(await read()).toBe(100);
        for (const seen of await Promise.all(others)) expect(seen).toBe(100);
      }
    }
    worker.close();
  });

  it('does not keep what is not there', async () => {
    const worker = new Worker(MANY);
    expect(await worker.read('none')).toMatchObject({ name: undefined, hit: false });
    expect(worker.l1.stats(null)?.entries).toBe(0);
    expect(fs.existsSync(path.join(dataDir(), 'taskspaces/none'))).toBe(false);
    worker.close();
  });

  it('bounds the descriptors of many taskspaces, also of those whose writes were refused', async () => {
    const worker = new Worker(MANY);
    for (let n = 0; n < 560; n++) await worker.write(`t${n}`, createTaskspace({}));
    worker.close();
    const fresh = new Worker(MANY);
    for (let n = 0; n < 560; n++) await fresh.write(`t${n}`, createTaskspace({})).catch(() => {});
    expect(openDescriptors(path.join(dataDir(), 'taskspaces'))).toBeLessThanOrEqual(512);
    fresh.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });
});
