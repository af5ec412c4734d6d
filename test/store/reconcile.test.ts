/** The feed becomes complete again, whatever was not published, lost, copied in, replaced or removed. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { markCleanStop } from '../../src/store/files/feed/start.js';
import { encodeLine } from '../../src/store/files/journal/checked-line.js';
import { type Files, nodeFiles } from '../../src/store/files/journal/files.js';
import { FileStore } from '../../src/store/files/store.js';
import type { Upkeep } from '../../src/store/ports.js';
import { eventually } from '../kit/eventually.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
let store: FileStore;
let upkeep: Upkeep | null;
let progress: string[];
let troubles: string[];
let passes = 0;
/** Journals that were opened for a fold, by id. */
let folded: string[];

const place = (id: string): string => path.join(dataDir(), 'taskspaces', id);
const journal = (id: string): string => path.join(place(id), 'journal.jsonl');
const feedFile = (): string => {
  const folder = path.join(dataDir(), 'feed');
  const segments = fs.readdirSync(folder).filter((name) => name.endsWith('.log'));
  return path.join(folder, segments.sort().at(-1) ?? '');
};

function start(files: Files = nodeFiles): void {
  fs.mkdirSync(path.join(dataDir(), 'taskspaces'), { recursive: true });
  beginFeed(dataDir());
  join(files);
}

/** As a process of a server that has started already. */
function join(files: Files = nodeFiles): void {
  store = new FileStore({ dataDir: dataDir(), log: { warn: () => undefined }, files });
  store.begin();
  const { open } = store;
  store.open = (id) => {
    folded.push(id);
    return open.call(store, id);
  };
}

function keepUp(): void {
  upkeep = store.keepUp({
    feedBytesMax: 0,
    onProgress: (_fields, text) => void progress.push(text),
    onTrouble: (error) => void troubles.push(String(error)),
  });
}

async function stop(how: 'clean' | 'killed' = 'killed'): Promise<void> {
  await upkeep?.close();
  upkeep = null;
  store.close();
  if (how === 'clean') markCleanStop(dataDir());
}

async function write(id: string, ...names: string[]): Promise<void> {
  const folder = store.open(id);
  const decides = [createTaskspace({}), ...names.map((name) => patchTaskspace({ name }, {}))];
  for (const decide of fs.existsSync(place(id)) ? decides.slice(1) : decides)
    await folder.write({ by: 'ann', owner: 'ann', decide, answer: () => undefined });
  folder.close();
  folded = [];
}

/** Commits that no process publishes. */
async function writeUnpublished(id: string, name: string): Promise<void> {
  const before = fs.readFileSync(feedFile());
  await write(id, name);
  const after = fs.readFileSync(journal(id));
  await stop();
  fs.writeFileSync(feedFile(), before);
  fs.writeFileSync(journal(id), after);
}

const reached = (id: string) => store.feed.reached(id)?.to;
const complete = () => eventually(() => upkeep?.isFeedComplete === true);

beforeEach(() => {
  [progress, troubles, folded] = [[], [], []];
  start();
});
afterEach(async () => {
  await stop();
});

describe('after a stop that was not clean', () => {
  it('publishes what the feed has lost, and folds nothing else', async () => {
    for (const id of ['a', 'b', 'c']) await write(id);
    await writeUnpublished('b', 'lost');
    start();
    expect(reached('b')).toBe(1);
    keepUp();
    expect(upkeep?.isFeedComplete).toBe(false);
    await complete();
    expect([reached('a'), reached('b'), reached('c')]).toEqual([1, 2, 1]);
    expect(folded).toEqual(['b']);
  });

  it('takes a feed that has lost all of it for no feed at all', async () => {
    for (const id of ['a', 'b']) await write(id, 'named');
    await stop();
    fs.rmSync(path.join(dataDir(), 'feed'), { recursive: true });
    start();
    keepUp();
    await complete();
    expect([reached('a'), reached('b')]).toEqual([2, 2]);
    expect(folded).toEqual([]);
  });

  it('takes the last record of a journal for what it is once it is read', async () => {
    await write('a', 'named');
    const [, valid = ''] = fs.readFileSync(journal('a'), 'utf8').split('\n');
    const at = fs.statSync(journal('a')).size;
    const fields = { ...(JSON.parse(valid) as object), crc: undefined, at, id: 'f'.repeat(16), safe: 0 };
    fs.appendFileSync(journal('a'), encodeLine(fields));
    await stop();
    fs.rmSync(path.join(dataDir(), 'feed'), { recursive: true });
    start();
    keepUp();
    await complete();
    expect(store.feed.reached('a')?.head).toBe('f'.repeat(16));
    const folder = store.open('a');
    await folder.catchUp();
    expect([folder.state.commit, store.feed.reached('a')?.head]).toEqual([2, folder.state.head]);
    folder.close();
  });

  it('publishes that a folder is gone, and that a journal is one of before', async () => {
    await write('gone');
    await write('old');
    const before = fs.readFileSync(journal('old'));
    await write('old', 'newer');
    await write('emptied');
    await stop();
    fs.rmSync(place('gone'), { recursive: true });
    fs.writeFileSync(journal('old'), before);
    fs.truncateSync(journal('emptied'), 0);
    start();
    keepUp();
    await complete();
    expect([reached('gone'), reached('old'), reached('emptied')]).toEqual([0, 1, 0]);
  });

  it('is not done again by a later steward of the same start, unless the feed has broken since', async () => {
    await write('a');
    keepUp();
    await complete();
    await stop();
    join();
    keepUp();
    expect(upkeep?.isFeedComplete).toBe(true);
    await stop();
    fs.appendFileSync(feedFile(), '\nbroken\n');
    join();
    keepUp();
    expect(upkeep?.isFeedComplete).toBe(false);
    await complete();
    // As when the steward dies before it has done anything about it.
    await upkeep?.close();
    fs.rmSync(path.join(dataDir(), 'feed', path.basename(feedFile())));
    store.feed.poll();
    await stop();
    join();
    keepUp();
    expect(upkeep?.isFeedComplete).toBe(false);
    await complete();
  });

  it('needs no wait for a later steward, who compares every journal at once nevertheless', async () => {
    await write('a');
    keepUp();
    await complete();
    await writeUnpublished('a', 'b');
    join();
    const looked = progress.length;
    keepUp();
    expect(upkeep?.isFeedComplete).toBe(true);
    // Logged by passes that are urgent.
    await eventually(() => progress.length > looked);
    expect(reached('a')).toBe(2);
  });

  it('is done again when it has failed for want of what all taskspaces need', async () => {
    await write('a');
    await writeUnpublished('a', 'lost');
    let failing = true;
    start({
      ...nodeFiles,
      open: (file, ...rest) => {
        if (failing && file.endsWith('journal.jsonl'))
          throw Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' });
        return nodeFiles.open(file, ...rest);
      },
    });
    keepUp();
    await eventually(() => troubles.length > 0);
    expect([upkeep?.isFeedComplete, reached('a')]).toEqual([false, 1]);
    failing = false;
    await complete();
    expect(reached('a')).toBe(2);
  });
});

it('trusts the feed after a clean stop', async () => {
  await write('a');
  await stop('clean');
  start();
  keepUp();
  expect(upkeep?.isFeedComplete).toBe(true);
  expect(progress).toEqual([]);
});

describe('while the server runs', () => {
  beforeEach(async () => {
    await write('a', 'b');
    await write('sample');
    keepUp();
    await complete();
  });

  it('publishes what a process that died did not', async () => {
    const whole = fs.readFileSync(journal('a'));
    const [first] = whole.toString().split('\n');
    fs.writeFileSync(journal('a'), `${first}\n`);
    upkeep?.processDied();
    await eventually(() => reached('a') === 1);
    fs.writeFileSync(journal('a'), whole);
    upkeep?.processDied();
    await eventually(() => reached('a') === 2);
  });

  it('compares everything anew when a line of the feed cannot be read', async () => {
    const looked = progress.length;
    fs.appendFileSync(feedFile(), '\nbroken\n');
    store.feed.poll();
    expect(upkeep?.isFeedComplete).toBe(false);
    await complete();
    expect(progress.length).toBe(looked + 1);
  });

  it('publishes everything again when the feed is gone', async () => {
    fs.rmSync(path.join(dataDir(), 'feed'), { recursive: true });
    store.feed.poll();
    await complete();
    expect(reached('a')).toBe(2);
  });

  it('publishes what was copied in and what was removed', async () => {
    fs.cpSync(place('a'), place('.copy'), { recursive: true });
    fs.renameSync(place('.copy'), place('copy'));
    fs.rmSync(place('a'), { recursive: true });
    await eventually(() => reached('copy') === 2 && reached('a') === 0);
  });

  it('publishes what cannot be read once for each content, and what it is when it can be', async () => {
    const whole = fs.readFileSync(journal('a'));
    const told = toldOf('a');
    const [first = '', ...others] = whole.toString().split('\n');
    for (const broken of [first.replace('crc', 'XXX'), first.replace('crc', 'YYY')]) {
      fs.writeFileSync(journal('a'), [broken, ...others].join('\n'));
      const before = told.length;
      for (let round = 0; round < 2; round++) await passOver();
      expect(told.slice(before)).toEqual([0]);
    }
    fs.writeFileSync(journal('a'), whole);
    await passOver();
    expect(told.slice(2)).toEqual([2]);
    expect(troubles).toEqual([]);
  });

  it('publishes what stands in place of a folder once, and that it is gone', async () => {
    const told = toldOf('link');
    fs.symlinkSync('a', place('link'));
    for (let round = 0; round < 2; round++) await passOver();
    expect(told).toEqual([0]);
    fs.rmSync(place('link'));
    for (let round = 0; round < 2; round++) await passOver();
    expect(told).toEqual([0, 0]);
  });

  it('publishes nothing new for a journal that ends with a record that is not valid', async () => {
    const [, second = ''] = fs.readFileSync(journal('a'), 'utf8').split('\n');
    fs.appendFileSync(journal('a'), `${second}\n{"torn`);
    const told = toldOf('a');
    folded = [];
    await passOver();
    expect(folded).toContain('a');
    expect(told).toEqual([]);
  });

  /** A whole pass: it is logged when it has ended, since it finds a folder that nothing was published of. */
  async function passOver(): Promise<void> {
    const id = `pass-${passes++}`;
    const looked = progress.length;
    fs.cpSync(place('sample'), place(`.${id}`), { recursive: true });
    fs.renameSync(place(`.${id}`), place(id));
    upkeep?.processDied();
    await eventually(() => progress.length > looked);
  }

  /** What is published of one taskspace from now on: the commit that it has reached. */
  function toldOf(wanted: string): number[] {
    const told: number[] = [];
    store.feed.subscribe({
      onChange: ({ id, to }) => void (id === wanted && told.push(to)),
      onUnreadable: () => undefined,
    });
    return told;
  }
});
