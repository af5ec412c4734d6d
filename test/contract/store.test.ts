import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareDataDir } from '../../src/store/files/data-dir.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { FileStore } from '../../src/store/files/store.js';
import { Memory, MemoryStore } from '../../src/store/memory/store.js';
import { silentLog } from '../kit/silent-log.js';
import { feedContract } from './feed.contract.js';
import { messagesContract } from './messages.contract.js';
import { objectsContract } from './objects.contract.js';
import { storeContract } from './store.contract.js';
import { post, type StoreUnderTest, TestClock, write } from './store-under-test.js';

async function inFiles(): Promise<StoreUnderTest> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-contract-'));
  await prepareDataDir(dataDir);
  beginFeed(dataDir);
  const clock = new TestClock();
  const clocks = { now: () => clock.nowMs, steady: () => clock.steadyMs };
  return {
    clock,
    open: () => new FileStore({ dataDir, log: silentLog, ...clocks }),
    async forget(store, id) {
      const { feed } = store as FileStore;
      for (let n = 0; n < 3; n++) {
        await write(store.open(id), post('x'));
        feed.rotate();
      }
      await write(store.open(id), post('x'));
      feed.retain(1);
    },
    remove: (id) => fs.rmSync(path.join(dataDir, 'taskspaces', id), { recursive: true }),
    close: () => fs.rmSync(dataDir, { recursive: true, force: true }),
  };
}

/** The changes that are kept at least. */
const KEPT = 100;

async function inMemory(): Promise<StoreUnderTest> {
  const clock = new TestClock();
  const memory = new Memory({ now: () => clock.nowMs, steady: () => clock.steadyMs }, KEPT);
  return {
    clock,
    open: () => new MemoryStore(memory),
    async forget(store, id) {
      for (let n = 0; n < KEPT * 2; n++) await write(store.open(id), post('x'));
    },
    close: () => undefined,
  };
}

for (const [name, make] of [
  ['files', inFiles],
  ['memory', inMemory],
] as const) {
  storeContract(name, make);
  messagesContract(name, make);
  objectsContract(name, make);
  feedContract(name, make);
}
