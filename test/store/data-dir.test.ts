import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../src/config/start-error.js';
import { countTaskspaces, prepareDataDir, refuseNetwork } from '../../src/store/files/data-dir.js';

let temporary = '';

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'taskspace-data-'));
});

afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

async function refusal(path: string): Promise<string> {
  const outcome = await prepareDataDir(path).catch((error: unknown) => error);
  if (outcome instanceof StartError) return outcome.message;
  throw new Error(`not refused: ${String(outcome)}`);
}

describe('the data folder', () => {
  it('is laid out at the first start, and leaves nothing of the trial behind', async () => {
    const { dir, store } = await prepareDataDir(join(temporary, 'deep', 'data'));
    expect(readdirSync(dir).sort()).toEqual(['catalog', 'feed', 'server.json', 'taskspaces']);
    expect(JSON.parse(readFileSync(join(dir, 'server.json'), 'utf8'))).toEqual({ format: 1, store });
    expect(store).toMatch(/^[0-9a-f]{16}$/);
  });

  it('keeps its name over starts, also when two first starts meet', async () => {
    const names = await Promise.all([0, 1, 2].map(() => prepareDataDir(temporary)));
    expect(new Set(names.map(({ store }) => store)).size).toBe(1);
    expect((await prepareDataDir(temporary)).store).toBe(names[0]?.store);
  });

  it('is known by its real path when it is reached through a link', async () => {
    mkdirSync(join(temporary, 'real'));
    symlinkSync(join(temporary, 'real'), join(temporary, 'link'));
    expect((await prepareDataDir(join(temporary, 'link'))).dir).toBe(join(temporary, 'real'));
  });

  it('is refused when a newer version wrote it', async () => {
    writeFileSync(join(temporary, 'server.json'), '{"format":2,"store":"x"}');
    expect(await refusal(temporary)).toMatch(/newer version \(format 2, this one reads 1\).*DATA_DIR/);
  });

  it.each(['', 'null', '{"format":1}', '{"format":"1","store":"x"}'])(
    'is refused when server.json is %j',
    async (text) => {
      writeFileSync(join(temporary, 'server.json'), text);
      expect(await refusal(temporary)).toMatch(
        /server\.json is not readable.*Restore it from a backup, or remove it/,
      );
    },
  );

  it('is refused in one line when it is a file, or lies below one', async () => {
    writeFileSync(join(temporary, 'file'), '');
    expect(await refusal(join(temporary, 'file'))).toContain('is not a folder');
    expect(await refusal(join(temporary, 'file', 'data'))).toContain('is not a folder');
  });

  it('is refused in one line where no folder can be made', async () => {
    expect(await refusal('/proc/taskspace')).toMatch(
      /^The data folder \/proc\/taskspace cannot be made.*DATA_DIR/,
    );
  });

  it('is refused in one line when it is a link to nowhere', async () => {
    symlinkSync(join(temporary, 'gone'), join(temporary, 'link'));
    expect(await refusal(join(temporary, 'link'))).toContain('repair the link');
    expect(await refusal(join(temporary, 'link', 'data'))).toContain('repair the link');
  });

  it('counts folders that are taskspaces, not files and not what is being copied in', async () => {
    const { dir } = await prepareDataDir(temporary);
    for (const name of ['a', 'b', '.incoming']) mkdirSync(join(dir, 'taskspaces', name));
    writeFileSync(join(dir, 'taskspaces', 'note'), '');
    expect(await countTaskspaces(dir)).toBe(2);
  });

  it.each([
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [-11317950, 'CIFS'],
    [0x65735546, 'FUSE'],
    [0x01021997, '9p'],
  ])('is refused on a network file system (type %d, %s)', (type, name) => {
    expect(() => refuseNetwork('/d', type, 'linux')).toThrow(new RegExp(`/d is on ${name}.*local disk`));
  });

  it.each([
    [0xef53, 'ext4'],
    [0x58465342, 'xfs'],
    [0x9123683e, 'btrfs'],
    [0x01021994, 'tmpfs'],
    [0x794c7630, 'overlay'],
  ])('is taken on a local one (type %d, %s)', (type) => {
    expect(() => refuseNetwork('/d', type, 'linux')).not.toThrow();
  });
});
