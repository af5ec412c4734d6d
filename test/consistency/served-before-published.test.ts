/**
 * Bounded mode may show what is old, but nothing that is not in the feed: a summary would go back
 * behind it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { L1 } from '../../src/cache/l1.js';
import { Statistics } from '../../src/cache/statistics.js';
import { createTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { FileStore } from '../../src/store/files/store.js';
import { gatedFiles } from '../kit/files/gated-files.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
const LONG_MS = 3_600_000;

it('a state that is trusted is published before it is shown, though its writer still waits for the disk', async () => {
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir(), name));
  const files = gatedFiles(nodeFiles);
  const store = new FileStore({ dataDir: dataDir(), log: { warn: () => undefined }, files });
  store.begin();
  const l1 = new L1(store, new Statistics(), { bytesMax: 1_000_000, ttlSeconds: 1800, trustMs: LONG_MS });
  const write = (decide: ReturnType<typeof patchTaskspace>): Promise<unknown> =>
    l1.use('t', ({ folder }) => folder.write({ by: 'ann', owner: 'ann', decide, answer: () => null }));
  await write(createTaskspace({}));

  const held = files.hold('fdatasync');
  const writing = write(patchTaskspace({ name: 'new' }, {}));
  await held.reached;
  const [commit, published] = await new Promise<(number | undefined)[]>((resolve) => {
    l1.peek('t', (cached) => resolve([cached?.folder.state.commit, store.feed.reached('t')?.to]));
  });
  expect(commit).toBe(2);
  expect(published).toBe(commit);
  held.letGo();
  await writing;
  l1.close();
  store.close();
});
