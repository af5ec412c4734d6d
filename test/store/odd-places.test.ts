import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { idsIn } from '../../src/app/taskspaces/ids-in.js';
import { createTaskspace } from '../../src/domain/command.js';
import { FileStore } from '../../src/store/files/store.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
let store: FileStore;

beforeEach(() => {
  fs.mkdirSync(path.join(dataDir(), 'taskspaces'));
  store = new FileStore({ dataDir: dataDir(), log: { warn: () => {} } });
  store.begin();
});

const place = (id: string): string => path.join(dataDir(), 'taskspaces', id);
const create = (id: string): Promise<unknown> =>
  store.open(id).write({ by: 'ann', owner: 'ann', decide: createTaskspace({}), answer: () => null });

describe('a place in the data folder', () => {
  it('that is a file is no taskspace, and none is made of it', async () => {
    fs.writeFileSync(place('file'), 'x');
    await expect(create('file')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(fs.readFileSync(place('file'), 'utf8')).toBe('x');
    expect(await idsIn(store)).toEqual([]);
  });

  it('that is a link to another taskspace is not a second name for it', async () => {
    await create('real');
    fs.symlinkSync('real', place('linked'));
    await expect(store.open('linked').catchUp()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await idsIn(store)).toEqual(['real']);
  });

  it('is not taken for empty while the whole store is away, and is there again with it', async () => {
    await create('there');
    const folder = store.open('there');
    await folder.catchUp();
    fs.renameSync(path.join(dataDir(), 'taskspaces'), path.join(dataDir(), 'away'));
    await expect(folder.catchUp()).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(create('other')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(idsIn(store)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(fs.existsSync(path.join(dataDir(), 'taskspaces'))).toBe(false);
    fs.renameSync(path.join(dataDir(), 'away'), path.join(dataDir(), 'taskspaces'));
    await folder.catchUp();
    expect(folder.state.metadata?.name).toBe('there');
  });

  it('whose object is missing says so by name, and is not a mistake of the server', async () => {
    await create('bare');
    expect(() => store.open('bare').readObject({ sha256: 'ab'.repeat(32), size: 1 })).toThrow(
      expect.objectContaining({ code: 'damaged' }),
    );
  });
});
