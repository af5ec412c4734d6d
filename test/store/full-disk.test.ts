import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { createTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { FileStore } from '../../src/store/files/store.js';
import { failingFiles } from '../kit/files/failing-files.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
const files = failingFiles(nodeFiles);
let store: FileStore;

beforeEach(() => {
  fs.mkdirSync(path.join(dataDir(), 'taskspaces'));
  store = new FileStore({ dataDir: dataDir(), log: { warn: () => {} }, files });
  store.begin();
});

it('a commit that a full disk lets into the journal and not into the feed says so, and is there with room', async () => {
  const folder = store.open('a');
  const write = (decide: ReturnType<typeof createTaskspace>) =>
    folder.write({ by: 'ann', owner: 'ann', decide, answer: () => null });
  await write(createTaskspace({}));
  files.arm({ op: 'append', errno: 'ENOSPC', after: 1, times: 100 });
  await expect(write(patchTaskspace({ name: 'second' }, {}))).rejects.toMatchObject({
    code: 'outcome_unknown',
    message: expect.stringContaining('(the disk is full)'),
  });
  const reader = store.open('a');
  for (const each of [folder, reader])
    await expect(each.catchUp()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/^The disk is full, .*\(ENOSPC\)\. Try again/),
    });
  files.disarm();
  for (const each of [folder, reader]) {
    await each.catchUp();
    expect(each.state.metadata?.name).toBe('second');
  }
  await write(patchTaskspace({ name: 'third' }, {}));
  await reader.catchUp();
  expect(reader.state.metadata?.name).toBe('third');
  for (const each of [folder, reader]) each.close();
  store.close();
});
