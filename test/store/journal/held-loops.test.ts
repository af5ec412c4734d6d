import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeLine } from '../../../src/store/files/journal/checked-line.js';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { Journal } from '../../../src/store/files/journal/journal.js';
import { LapseClock } from '../../../src/store/lapse-clock.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { inForm } from '../../kit/form.js';
import { longestTurn, TURN_MS_MAX } from '../../kit/held-turn.js';
import { COMMITS, linesOf } from './every-event.js';

const folder = temporaryFolder();
const GIB = 1024 ** 3;
const WHOLE = linesOf(COMMITS.slice(0, -1));

/** A plan of so many tasks with a text of so many bytes each, as one record. */
function longRecord(count: number, bytes: number): Buffer {
  const created = WHOLE[0] ?? Buffer.alloc(0);
  const task = {
    ...{
      name: 'n',
      goal: '',
      agent: null,
      dependencies: [],
      status: 'pending',
      onFailure: 'halt',
      result: null,
    },
    ...{
      error: null,
      metadata: { text: 'x'.repeat(bytes) },
      claim: null,
      attempts: 0,
      finishedAt: null,
      revision: 1,
    },
  };
  const tasks = Array.from({ length: count }, (_, n) => ({ id: `t${n}`, ...task }));
  const { id: prev } = JSON.parse(created.toString()) as { id: string };
  const fields = { at: created.length, id: 'f'.repeat(16), prev, safe: 0, commit: 2 };
  const events = [{ type: 'plan.replaced', revision: 1, goal: '', tasks }];
  return Buffer.concat([
    created,
    encodeLine({ ...fields, time: '2026-04-01T00:00:00.000Z', by: 'x', events }),
  ]);
}

/** Makes the file longer by a hole. */
function hole(file: string, bytes: number): void {
  fs.truncateSync(file, bytes);
}

async function load(): Promise<{ journal: Journal; turnMs: number }> {
  const ports = { files: nodeFiles, clock: new LapseClock(), newId: () => '' };
  const journal = new Journal({ id: 'ts', folder: path.join(folder(), 'ts') }, ports);
  const turnMs = await longestTurn(() => journal.load());
  return { journal, turnMs };
}

describe('the fold of what somebody has copied in', () => {
  it.each<[string, (file: string, snapshot: string) => void, string | null]>([
    ['a hole of 3 GB', (file) => hole(file, 3 * GIB), 'damaged'],
    ['a hole of 3 GB behind its records', (file) => put(file, WHOLE, 3 * GIB), null],
    [
      'a snapshot of 1 GB',
      (file, snapshot) => {
        put(file, WHOLE);
        put(snapshot, ['00000000\n'], GIB);
      },
      null,
    ],
    [
      'a snapshot as long as one may be, of nothing but brackets',
      (file, snapshot) => {
        put(file, WHOLE);
        put(snapshot, [snapshotOf('['.repeat(15_000_000) + ']'.repeat(15_000_000))]);
      },
      null,
    ],
    ['a record of many megabytes', (file) => put(file, [longRecord(inForm(1_600, 4_800), 10_000)]), null],
    ['a plan of 10,000 tasks', (file) => put(file, [longRecord(10_000, 1_400)]), null],
  ])('lets others have their turns: %s', async (_name, prepare, code) => {
    const file = path.join(folder(), 'ts', 'journal.jsonl');
    put(file, []);
    prepare(file, path.join(folder(), 'ts', '.taskspace', 'snapshot.json'));
    const { journal, turnMs } = await load();
    expect(journal.fault?.code ?? null).toBe(code);
    if (code === null) expect(journal.state.commit).toBeGreaterThan(1);
    console.log(`longest turn ${turnMs.toFixed(0)} ms`);
    expect(turnMs).toBeLessThan(4 * TURN_MS_MAX);
  });
});

function snapshotOf(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${crc32(body).toString(16).padStart(8, '0')}\n`), body]);
}

function put(file: string, pieces: readonly (string | Buffer)[], length = 0): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  if (length > 0) hole(file, length);
}
