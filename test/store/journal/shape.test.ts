import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TaskspaceError } from '../../../src/domain/errors.js';
import type { Event } from '../../../src/domain/event.js';
import { type State, saveState } from '../../../src/domain/state.js';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { JournalFold } from '../../../src/store/files/journal/fold.js';
import { Journal } from '../../../src/store/files/journal/journal.js';
import { TAIL_GUARD } from '../../../src/store/files/journal/record.js';
import { LapseClock } from '../../../src/store/lapse-clock.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { inForm } from '../../kit/form.js';
import { COMMITS, DEEP, fieldsOf, lineOf, linesOf, mutationsOf, OTHERS, TASK } from './every-event.js';
import { JournalProcess, journalFile } from './journal-process.js';

const folder = temporaryFolder();
/** Of the values that may stand in a place, how many are tried in each. */
const EACH = inForm(3, OTHERS.length);
const LINES = linesOf(COMMITS);
/** Makes a record longer than those that are checked as a whole before they are written. */
const LONG = 'x'.repeat(300_000);
const PLAN = { type: 'plan.replaced', revision: 1, goal: '' };
const WHOLE = Buffer.concat(LINES);

function put(bytes: Buffer): void {
  fs.mkdirSync(path.dirname(journalFile(folder())), { recursive: true });
  fs.writeFileSync(journalFile(folder()), bytes);
}

/** What a cold reader of these bytes finds. */
async function read(bytes: Buffer): Promise<State | string> {
  put(bytes);
  return readAgain();
}

async function readAgain(): Promise<State | string> {
  const ports = { files: nodeFiles, clock: new LapseClock(), newId: () => '' };
  const journal = new Journal({ id: 'ts', folder: path.join(folder(), 'ts') }, ports);
  try {
    return await journal.catchUp();
  } catch (error) {
    if (error instanceof TaskspaceError) return error.code;
    throw error;
  }
}

/** What folding one more line leads to; what is served, saved and shown of it must be printable. */
function outcomeOf(before: Buffer, line: Buffer): string {
  const folded = JournalFold.empty('ts');
  folded.fold(before, { judge: true });
  const { commit } = folded.state;
  try {
    folded.fold(line, { judge: true });
    folded.checkBegun(before.length + line.length, Buffer.alloc(0));
  } catch (error) {
    if (error instanceof TaskspaceError) return error.code;
    throw error;
  }
  JSON.stringify(saveState(folded.state));
  return folded.state.commit === commit ? 'void' : 'folded';
}

/** A journal whose last record holds these events, after those before it. */
function ending(events: readonly object[], after = COMMITS.length - 1): Buffer {
  return Buffer.concat(linesOf([...COMMITS.slice(0, after), events]));
}

describe('a record that is whole and has the wrong shape', () => {
  it('does not make a journal damaged that earlier versions wrote: every type of event', async () => {
    const state = (await read(WHOLE)) as State;
    expect(state.commit).toBe(COMMITS.length);
    expect(state.messages.lastSeq).toBe(3);
  });

  it('makes it damaged, or is as good as another, whatever stands in whatever place of any record', async () => {
    const outcomes = new Map<string, number>();
    for (const [i, line] of LINES.entries()) {
      const before = Buffer.concat(LINES.slice(0, i));
      for (const { value } of mutationsOf(fieldsOf(line), { each: EACH })) {
        const outcome = outcomeOf(before, lineOf(value));
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }
    expect([...outcomes.keys()].sort()).toEqual(['damaged', 'folded', 'store_unavailable', 'void']);
  });

  it.each<[string, object[]]>([
    ['a list that is a number', [{ type: 'taskspace.updated', revision: 3, set: { tags: 7 } }]],
    [
      'a time of creation within a change',
      [{ type: 'taskspace.updated', revision: 3, set: { createdAt: 7 } }],
    ],
    ['a hash that is a path', [written({ sha256: '../../../../secret' })]],
    ['a hash in capitals', [written({ sha256: 'A'.repeat(64) })]],
    ['a path that leads out', [written({ path: '../../../x' })]],
    [
      'a path that leads out, of what is deleted',
      [{ type: 'artifact.deleted', path: 'a/../../x', revision: 1, message: '' }],
    ],
    ['a path of the store itself', [written({ path: '.taskspace/objects/x' })]],
    ['a content type that is two headers', [written({ contentType: 'text/plain\r\nSet-Cookie: a=b' })]],
    ['a size below nothing', [written({ size: -1 })]],
    ['a revision that leaves one out', [written({ path: 'new', revision: 2 })]],
    ['a seq that was there before', [{ type: 'message.posted', message: { seq: 3 } }]],
    ['a seq that leaves one out', [{ type: 'message.posted', message: { seq: 5 } }]],
    ['an event that is none', [7 as unknown as object]],
    ['no event', []],
    [
      'nesting that no code can print',
      [{ type: 'message.posted', message: { seq: 4, metadata: { deep: DEEP } } }],
    ],
    ['nesting in a member that nobody knows', [{ type: 'taskspace.deleted', other: DEEP }]],
  ])('is damage: %s', async (_name, events) => {
    expect(await read(ending(events))).toBe('damaged');
    expect(await read(Buffer.concat(linesOf([...COMMITS.slice(0, -1), events, COMMITS.at(-1) ?? []])))).toBe(
      'damaged',
    );
  });

  it('of a type that is not known is left to the version that knows it', async () => {
    expect(await read(ending([{ type: 'task.dreamt', set: 7 }]))).toBe('store_unavailable');
  });

  it('may have members that later versions add', async () => {
    const set = { revision: 12, completedBy: 'ann', lastClaim: null, anything: { else: 1 } };
    const events = [{ type: 'task.changed', plan: 12, id: 'a', set, edition: 4 }];
    expect(await read(ending(events, 11))).toMatchObject({ commit: 12 });
  });

  it('is met by a process that had the journal in memory, and by whoever writes', async () => {
    const process = new JournalProcess({ within: folder() });
    await process.create();
    const { folded } = process.journal;
    const fields = { at: folded.lastEnd, id: 'f'.repeat(16), prev: folded.state.head, safe: 0, commit: 2 };
    const bad = {
      ...fields,
      time: '2999-01-01T00:00:00.000Z',
      by: 'x',
      events: [{ type: 'taskspace.updated', revision: 2, set: { tags: 7 } }],
    };
    fs.appendFileSync(journalFile(folder()), lineOf(bad));
    const size = fs.statSync(journalFile(folder())).size;
    await expect(process.lastSeq()).rejects.toMatchObject({ code: 'damaged' });
    await expect(process.post('on top')).rejects.toMatchObject({ code: 'damaged' });
    expect(fs.statSync(journalFile(folder())).size).toBe(size);
    process.close();
  });

  it('is never written: what a command decides is held to the same shape, and the journal stays as it is', async () => {
    const process = new JournalProcess({ within: folder() });
    await process.create();
    const size = fs.statSync(journalFile(folder())).size;
    const event = written({ contentType: 'text/plain\n' }) as Event;
    await expect(process.write(() => [event])).rejects.toThrow('/events/0/artifact/contentType');
    expect(fs.statSync(journalFile(folder())).size).toBe(size);
    await process.post('goes on');
    expect(await new JournalProcess({ within: folder() }).lastSeq()).toBe(1);
    process.close();
  });

  it.each<[string, string, object[]]>([
    ['a task', '/events/0/task/status', [added({ result: LONG, status: 'odd' })]],
    ['a list', '/events/0/task/dependencies', [added({ result: LONG, dependencies: 'a' })]],
    ['a plan', '/events/0/tasks/0/id', [{ ...PLAN, tasks: [{ ...TASK, result: LONG }] }]],
    ['a message', '/events/0/message/role', [posted(1, { content: LONG, role: 'odd' })]],
    ['messages', '/events/1/message/content', [posted(1, { content: LONG }), posted(2, { content: 7 })]],
    ['metadata', '/events/0/set/data', [{ type: 'taskspace.updated', revision: 2, set: { data: [LONG] } }]],
    ['an artifact', '/events/0/artifact/contentType', [written({ metadata: { LONG }, contentType: 'é' })]],
  ])('is not written either when it is long: %s', async (_what, where, events) => {
    const process = new JournalProcess({ within: folder() });
    await process.create();
    const { size } = fs.statSync(journalFile(folder()));
    await expect(process.write(() => events as Event[])).rejects.toThrow(where);
    expect(fs.statSync(journalFile(folder())).size).toBe(size);
    process.close();
  });

  it('takes the tabs that earlier versions let into content types', async () => {
    const events = [written({ contentType: 'text/plain;\ta=b' })];
    expect(await read(ending(events))).toMatchObject({ commit: COMMITS.length });
  });
});

const WRITE_EVERY = inForm(40, 1);

describe('a journal without one valid record', () => {
  const first = LINES[0] ?? Buffer.alloc(0);

  it.each<[string, Buffer]>([
    ['zeros', Buffer.alloc(300)],
    ['zeros and a newline', Buffer.from(`${'\0'.repeat(300)}\n`)],
    ['another end of each line', Buffer.from(WHOLE.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')],
    ['a page', Buffer.from('<!doctype html>\n<p>Not found\n')],
    ['a page without a newline', Buffer.from('<!doctype html>')],
    ['a bit that is wrong in its only record', flipped(first, 40)],
    ['a wrong place in its only record', lineOf({ ...fieldsOf(first), at: 5 })],
    ['a record that follows another', LINES[3] ?? first],
    ['its first record cut away', Buffer.concat(LINES.slice(1))],
    ['a beginning and something else', Buffer.from('{"crc":"0123abcd","at":0,"text":"')],
    ['a newline', Buffer.from('\n')],
  ])('is damaged, not absent, and nothing is written on top of it: %s', async (_name, bytes) => {
    expect(await read(bytes)).toBe('damaged');
    const process = new JournalProcess({ within: folder() });
    await expect(process.create()).rejects.toMatchObject({ code: 'damaged' });
    expect(fs.readFileSync(journalFile(folder())).equals(bytes)).toBe(true);
    process.close();
  });

  it('is absent when a first write was torn anywhere, spoiled by a second that was torn as well, or raced', async () => {
    const other = lineOf({ ...fieldsOf(first), id: 'e'.repeat(16) });
    for (let cut = 0; cut < first.length; cut++) {
      const torn = first.subarray(0, cut);
      const spoiled = Buffer.concat([torn, TAIL_GUARD]);
      const second = lineOf({ ...fieldsOf(first), at: spoiled.length });
      const left = [torn];
      if (cut > 0)
        left.push(spoiled, Buffer.concat([spoiled, second.subarray(0, cut)]), Buffer.concat([torn, other]));
      for (const bytes of left) expect(begun(bytes), `${cut}: ${bytes}`).toBe(true);
      if (cut % WRITE_EVERY > 0) continue;
      put(spoiled);
      const process = new JournalProcess({ within: folder() });
      await process.create();
      expect(await readAgain()).toMatchObject({ commit: 1 });
      process.close();
    }
  });

  it('that another process has begun to write is looked at anew by one that saw it empty', async () => {
    put(Buffer.alloc(0));
    const process = new JournalProcess({ within: folder() });
    expect((await process.journal.catchUp()).commit).toBe(0);
    fs.appendFileSync(journalFile(folder()), first.subarray(0, 50));
    expect((await process.journal.catchUp()).commit).toBe(0);
    fs.appendFileSync(journalFile(folder()), 'not ours\n');
    await expect(process.journal.catchUp()).rejects.toMatchObject({ code: 'damaged' });
    process.close();
  });
});

const SNAPSHOT_OTHERS = [null, -1, 2 ** 53, '', '../../x', [], [7], {}, { length: 1e9 }];

describe('a snapshot of the wrong shape', () => {
  it('is void, whatever stands in whatever place of it', async () => {
    put(Buffer.concat(LINES.slice(0, -1)));
    const process = new JournalProcess({ within: folder() });
    const expected = await process.journal.catchUp();
    await process.journal.writeSnapshot(async () => undefined);
    const file = path.join(folder(), 'ts', '.taskspace', 'snapshot.json');
    const body = JSON.parse(fs.readFileSync(file).subarray(9).toString()) as object;
    let usable = 0;
    for (const { pointer, value } of mutationsOf(body, { others: SNAPSHOT_OTHERS, each: inForm(1, 9) })) {
      fs.writeFileSync(file, snapshotOf(value));
      const found = await readAgain();
      if (typeof found === 'string') throw new Error(`${pointer}: ${found}`);
      JSON.stringify(saveState(found));
      expect(found.head, pointer).toBe(expected.head);
      usable++;
    }
    expect(usable).toBeGreaterThan(100);
    process.close();
  });
});

function snapshotOf(value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${crc32(body).toString(16).padStart(8, '0')}\n`), body]);
}

/** Whether bytes without a record that counts may be a first write that was torn. */
function begun(bytes: Buffer): boolean {
  const folded = JournalFold.empty('ts');
  folded.fold(bytes, { judge: true });
  try {
    folded.checkBegun(bytes.length, bytes.subarray(folded.end));
    return folded.state.commit === 0;
  } catch {
    return false;
  }
}

function added(changed: object): object {
  return { type: 'task.added', plan: 1, task: { id: 't1', ...TASK, ...changed } };
}

function posted(seq: number, message: object): object {
  return { type: 'message.posted', message: { seq, ...message } };
}

function written(changed: object): object {
  const artifact = { path: 'new', revision: 1, size: 4, sha256: 'c'.repeat(64), contentType: 'text/plain' };
  return { type: 'artifact.written', artifact: { ...artifact, metadata: {}, message: '', ...changed } };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
