/**
 * The keeper against a naive model: whatever is written, removed, copied in or replaced, the catalog says the
 * same.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idsIn } from '../../src/app/taskspaces/ids-in.js';
import { deleteArtifact, putArtifact } from '../../src/domain/artifact-command.js';
import { createTaskspace, type Decide, deleteTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { postMessages } from '../../src/domain/message-command.js';
import { addTask, patchTask, putPlan, removeTask } from '../../src/domain/plan-command.js';
import { STATUSES } from '../../src/domain/taskspace.js';
import { FileStore } from '../../src/store/files/store.js';
import { eventually } from '../kit/eventually.js';
import { type Chance, seeded } from '../kit/seed.js';
import { KeptCatalog } from './kept-catalog.js';
import { type NaiveCatalog, naiveCatalog } from './naive-catalog.js';

let kept: KeptCatalog;

beforeEach(() => {
  kept = new KeptCatalog().start();
});
afterEach(() => kept.remove());

const OWNERS = ['ann', 'bob', 'Zoë'];
const TASKS = ['t1', 't2', 't3'];
const PATHS = ['a.txt', 'src/http/app.ts', 'data.bin'];
const HOUR_MS = 3_600_000;

it('equals what the states say, after random writes, outside changes and restarts; and so does one made anew', async () => {
  const chance = seeded('the random writes');
  for (let round = 0; round < 12; round++) {
    for (let n = 0; n < 25; n++) await writeAtRandom(chance);
    if (chance.below(3) === 0) await changeOutside(chance);
    if (chance.below(4) === 0) {
      await kept.stop(chance.pick(['clean', 'killed']));
      kept.start();
    }
    await kept.caughtUp();
    await agrees();
  }
  const kept1 = kept.lines();
  const anew = kept.progress.length;
  kept.keeper.remake();
  await eventually(() => kept.progress.slice(anew).includes('The catalog is whole'));
  expect(kept.lines()).toEqual(kept1);
  expect(kept.troubles.filter((error) => !isDamage(error))).toEqual([]);
}, 120_000);

it('finds what a killed writer did not publish, when a process has died', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  const journal = path.join(kept.folder('one'), 'journal.jsonl');
  const copy = fs.readFileSync(journal);
  await kept.write('one', patchTaskspace({ name: 'Two' }, {}));
  await kept.caughtUp();
  const longer = fs.readFileSync(journal);
  await kept.stop('killed');
  // Back to before the second commit, for the catalog and for the feed; then it is there again, and nobody
  // has told.
  fs.writeFileSync(journal, copy);
  fs.rmSync(path.join(kept.dir, 'catalog'), { recursive: true });
  fs.rmSync(path.join(kept.dir, 'feed'), { recursive: true });
  kept.start();
  await kept.caughtUp();
  expect(kept.lines().join('\n')).toContain('"name":"One"');
  fs.appendFileSync(journal, longer.subarray(copy.length));
  kept.upkeep.processDied();
  await eventually(() => kept.lines().join('\n').includes('"name":"Two"'));
  expect(kept.store.feed.reached('one')?.to).toBe(2);
});

it('finds folders that were copied in and takes out those that were removed, by itself', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.write('one', postMessages([{ content: 'hello' }]));
  await kept.caughtUp();
  fs.cpSync(kept.folder('one'), path.join(kept.dir, 'taskspaces', '.two'), { recursive: true });
  fs.renameSync(path.join(kept.dir, 'taskspaces', '.two'), kept.folder('two'));
  fs.rmSync(kept.folder('one'), { recursive: true });
  await eventually(async () => {
    const naive = await naiveCatalog(kept.store);
    return naive.live.join() === 'two' && docsOf(kept.lines()).join() === naive.docs.join();
  }, 20_000);
  // Whoever has a list in his cache is told, too.
  expect(kept.store.feed.reached('one')).toEqual({ to: 0, head: '' });
});

it('does not serve rows of another start before every journal was compared, unless the stop was clean', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  const looked = (): number => kept.progress.filter((text) => text === 'Every journal was looked at').length;
  const before = looked();
  await kept.stop('clean');
  kept.start();
  await kept.caughtUp();
  expect(looked()).toBe(before);
  await kept.stop('killed');
  kept.start();
  await kept.caughtUp();
  expect(looked()).toBe(before + 1);
});

it('trusts no mark of a clean stop that comes from before the end of the feed', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  await kept.stop('clean');
  const mark = path.join(kept.dir, 'stopped.json');
  const old = fs.readFileSync(mark);
  kept.start();
  await kept.write('one', patchTaskspace({ name: 'Two' }, {}));
  await kept.caughtUp();
  const looked = kept.progress.length;
  await kept.stop('killed');
  // As a power cut may leave it.
  fs.writeFileSync(mark, old);
  kept.start();
  await kept.caughtUp();
  expect(kept.progress.slice(looked)).toContain('Every journal was looked at');
});

it('looks for texts that are behind their rows, unless the only keeper of the start before left none', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }), postMessages([{ content: 'hello' }]));
  await kept.caughtUp();
  await kept.stop('clean');
  const whole = kept.lines();
  kept.forgetTexts();
  kept.start();
  await kept.caughtUp();
  expect(kept.lines()).not.toEqual(whole);
  // As when a steward is replaced: what one of them leaves the other does not know.
  const endFirst = kept.joinAnother();
  await eventually(() => kept.lines().join() === whole.join());
  await endFirst();
  await kept.stop('clean');
  kept.forgetTexts();
  kept.start();
  await kept.caughtUp();
  expect(kept.lines()).toEqual(whole);
});

it('takes a journal anew that was put back and written on, though it has come further than the one that was known', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }), postMessages([{ content: 'old' }]));
  await kept.caughtUp();
  await kept.stop('killed');
  const journal = path.join(kept.folder('one'), 'journal.jsonl');
  const [first] = fs.readFileSync(journal, 'utf8').split('\n');
  fs.writeFileSync(journal, `${first}\n`);
  const store = new FileStore({ dataDir: kept.dir, log: { warn: () => undefined }, now: () => kept.now });
  store.begin();
  const folder = store.open('one');
  for (const content of ['new', 'newer', 'newest']) {
    const decide = postMessages([{ content }]);
    await folder.write({ by: 'ann', owner: 'ann', decide, answer: () => undefined });
  }
  folder.close();
  store.close();
  kept.start();
  await kept.caughtUp();
  const bodies = kept.lines().filter((line) => line.startsWith('doc ') && line.includes('"message"'));
  expect(bodies.map((line) => (JSON.parse(line.slice(4)) as { body: string }).body)).toEqual([
    'new',
    'newer',
    'newest',
  ]);
  await agrees();
});

it('goes on with the others when one journal is damaged, and comes back to it when it is repaired', async () => {
  const rename = (name: string): Decide => patchTaskspace({ name }, {});
  await kept.write('one', createTaskspace({ name: 'One' }), rename('Two'), rename('Three'));
  await kept.write('other', createTaskspace({}));
  await kept.caughtUp();
  const journal = path.join(kept.folder('one'), 'journal.jsonl');
  const whole = fs.readFileSync(journal);
  const broken = Buffer.from(whole);
  broken.write('XXXX', whole.indexOf('Two'));
  fs.writeFileSync(journal, broken);
  kept.upkeep.processDied();
  await eventually(() => troubles().join() === 'damaged');
  expect(kept.lines().join('\n')).toContain('"name":"Three"');
  await kept.write('other', patchTaskspace({ name: 'Other' }, {}));
  await kept.caughtUp();
  expect(kept.lines().join('\n')).toContain('"name":"Other"');
  fs.writeFileSync(journal, whole);
  kept.upkeep.processDied();
  await eventually(() => troubles().length === 0);
  await agrees();

  function troubles(): string[] {
    return kept
      .lines()
      .filter((line) => line.startsWith('journal '))
      .flatMap((line) => (JSON.parse(line.slice(8)) as { trouble: string | null }).trouble ?? []);
  }
});

it.each(['a link to another one', 'a file'])(
  'names the taskspace in trouble when its folder has become %s, and it is well again when that is gone',
  async (what) => {
    await kept.write('one', createTaskspace({ name: 'One' }));
    await kept.write('other', createTaskspace({}));
    await kept.caughtUp();
    const folder = kept.folder('one');
    fs.renameSync(folder, `${folder}-away`);
    if (what === 'a file') fs.writeFileSync(folder, '');
    else fs.symlinkSync('other', folder);
    kept.upkeep.processDied();
    await eventually(() => inTrouble().join() === 'one');
    expect(kept.troubles.map(String).join()).toContain('"one" is left out');
    fs.rmSync(folder);
    fs.renameSync(`${folder}-away`, folder);
    kept.upkeep.processDied();
    await eventually(() => inTrouble().length === 0);
    await agrees();
  },
);

it.each(['a link to a folder', 'a link to nothing', 'a file'])(
  'names %s that was never a taskspace, in the log too, until it is gone',
  async (what) => {
    await kept.write('one', createTaskspace({}));
    await kept.caughtUp();
    const place = kept.folder('copied-in');
    if (what === 'a file') fs.writeFileSync(place, '');
    else fs.symlinkSync(what === 'a link to nothing' ? 'none' : kept.dir, place);
    kept.upkeep.processDied();
    await eventually(() => inTrouble().join() === 'copied-in');
    expect(kept.troubles.map(String).join()).toContain('"copied-in" is left out');
    fs.rmSync(place);
    kept.upkeep.processDied();
    await eventually(() => inTrouble().length === 0);
    await agrees();
  },
);

function inTrouble(): string[] {
  const journals = kept.lines().filter((line) => line.startsWith('journal '));
  return journals
    .map((line) => JSON.parse(line.slice(8)) as { id: string; trouble: string | null })
    .filter(({ trouble }) => trouble !== null)
    .map(({ id }) => id);
}

async function writeAtRandom(chance: Chance): Promise<void> {
  kept.now += chance.below(6 * HOUR_MS);
  const id = `ts${chance.below(6)}`;
  const word = `word${chance.below(1000)}`;
  const task = chance.pick(TASKS);
  const file = chance.pick(PATHS);
  const commands: (() => Promise<Decide> | Decide)[] = [
    () => createTaskspace({ name: `The ${word}`, owner: chance.pick(OWNERS) }),
    () => patchTaskspace({ owner: chance.pick(OWNERS), status: chance.pick(STATUSES) }, {}),
    () => patchTaskspace({ name: `getThe${word}`, tags: [word, 'x'], data: { [word]: [1, 'two'] } }, {}),
    () => postMessages(Array.from({ length: 1 + chance.below(4) }, () => ({ content: `about ${word}` }))),
    () => postMessages([{ content: word, conversation: word, parts: [{ type: 'text', text: 'part' }] }]),
    () =>
      putPlan({ goal: word, tasks: TASKS.slice(0, chance.below(4)).map((name) => ({ id: name, name })) }, {}),
    () => addTask({ id: task, name: word, onFailure: chance.pick(['halt', 'escalate_to_user', 'proceed']) }),
    () => patchTask(task, { status: chance.pick(['pending', 'completed', 'failed', 'cancelled']) }, {}),
    () => patchTask(task, { goal: word }, {}),
    () => removeTask(task, {}),
    () =>
      put(
        id,
        file,
        chance.pick([
          Buffer.from(word),
          Buffer.from(`\ufeff${word}`, 'utf16le'),
          Buffer.from([0, 1, 0, 255]),
        ]),
        word,
      ),
    () => deleteArtifact(file, {}),
    ...(chance.below(3) === 0 ? [() => deleteTaskspace({})] : []),
  ];
  try {
    await kept.write(id, await chance.pick(commands)());
  } catch (error) {
    // What a state refuses is no write.
    if (!(error instanceof TaskspaceError)) throw error;
  }
}

async function put(id: string, file: string, bytes: Buffer, word: string): Promise<Decide> {
  const metadata = { type: word, deployedVersion: '1', upstreamVersion: '2', localModified: true };
  // Bytes of a taskspace that is not there are nobody's.
  if (!fs.existsSync(kept.folder(id))) return deleteArtifact(file, {});
  const received = await kept.receive(id, bytes);
  return putArtifact(file, { ...received, contentType: 'text/plain', metadata, message: '' }, {});
}

/**
 * As somebody with a shell does: a copy, a removal, or a journal put back as it was after its first records.
 */
async function changeOutside(chance: Chance): Promise<void> {
  const ids = await idsIn(kept.store);
  if (ids.length === 0) return;
  const id = chance.pick(ids);
  const what = chance.pick(['copy', 'remove', 'restore'] as const);
  if (what === 'remove') fs.rmSync(kept.folder(id), { recursive: true });
  if (what === 'copy') {
    const copy = path.join(kept.dir, 'taskspaces', `.copy`);
    fs.cpSync(kept.folder(id), copy, { recursive: true });
    const target = kept.folder(`copy${chance.below(3)}`);
    fs.rmSync(target, { recursive: true, force: true });
    fs.renameSync(copy, target);
  }
  if (what === 'restore') {
    const journal = path.join(kept.folder(id), 'journal.jsonl');
    const lines = fs.readFileSync(journal, 'utf8').split('\n').slice(0, -1);
    const some = lines.slice(0, 1 + chance.below(lines.length));
    fs.rmSync(path.join(kept.folder(id), '.taskspace', 'snapshot.json'), { force: true });
    fs.writeFileSync(`${journal}.old`, `${some.join('\n')}\n`);
    fs.renameSync(`${journal}.old`, journal);
  }
  kept.upkeep.processDied();
}

async function agrees(): Promise<void> {
  // What an outside change has done is in when the slow comparison has come by.
  let naive = await naiveCatalog(kept.store);
  await eventually(async () => {
    naive = await naiveCatalog(kept.store);
    return JSON.stringify(shown(kept.lines())) === JSON.stringify(sorted(naive));
  }, 15_000).catch(() => undefined);
  expect(shown(kept.lines())).toEqual(sorted(naive));
}

/** The same as the naive one, from the catalog's lines. */
function shown(lines: readonly string[]): NaiveCatalog {
  const naive: NaiveCatalog = { totals: {}, days: {}, docs: docsOf(lines), live: [], trash: [] };
  for (const { name, row } of lines.map(parsed)) {
    const { owner, day, ...sums } = row;
    if (name === 'total') naive.totals[String(owner)] = notZero(sums);
    if (name === 'day') naive.days[`${owner} ${day}`] = notZero(sums);
    if (name === 'taskspace') naive.live.push(String(row.id));
    if (name === 'trash') naive.trash.push(String(row.id));
  }
  return sorted(naive);
}

function docsOf(lines: readonly string[]): string[] {
  const docs = lines.map(parsed).filter(({ name }) => name === 'doc');
  return docs.map(({ row: { id, type, ref } }) => `${id} ${type} ${ref}`).sort();
}

function parsed(line: string): { name: string; row: Record<string, unknown> } {
  const space = line.indexOf(' ');
  return { name: line.slice(0, space), row: JSON.parse(line.slice(space + 1)) as Record<string, unknown> };
}

function notZero(sums: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0)) as Record<
    string,
    number
  >;
}

function sorted({ totals, days, docs, live, trash }: NaiveCatalog): NaiveCatalog {
  const byKey = (sums: Record<string, Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(sums)
        .map(([key, row]) => [key, Object.fromEntries(Object.entries(row).sort())] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return { totals: byKey(totals), days: byKey(days), docs, live: [...live].sort(), trash: [...trash].sort() };
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && error.message.includes('damaged');
}
