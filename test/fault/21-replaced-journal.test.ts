/**
 * Fault 21: another file takes the journal's place under readers and writers: git, cp, a rename (as rsync and
 * restores do it), sed. The new content is read by every call that begins later, and no write that begins
 * later is acknowledged into the file that is gone.
 */

import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.js';
import { finalState, journalFile } from '../kit/final-state.js';
import { inForm } from '../kit/form.js';
import type { Connection } from '../kit/http-connection.js';
import { type Call, judge, shown } from '../kit/ledger.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { plainFold } from '../store/journal/plain-fold.js';
import { damage, scene } from './scene.js';

const ID = 'a';
const CALLS_AFTER = 40;
const ROUNDS = inForm(6, 200);
const run = promisify(execFile);
const EDITED = 'edited';

/** Puts `wanted`, an older state of the journal, in the place of the file. */
type Replace = (file: string, wanted: Buffer) => unknown;

const WAYS: readonly (readonly [string, Replace])[] = [
  [
    'a rename, as by rsync or a restore',
    (file, wanted) => {
      writeFileSync(`${file}.restored`, wanted);
      renameSync(`${file}.restored`, file);
    },
  ],
  [
    'a rename that keeps an old time, as by cp -p',
    (file, wanted) => {
      writeFileSync(`${file}.restored`, wanted);
      utimesSync(`${file}.restored`, 1e9, 1e9);
      renameSync(`${file}.restored`, file);
    },
  ],
  [
    'cp, in place',
    (file, wanted) => {
      writeFileSync(`${file}.backup`, wanted);
      return run('cp', [`${file}.backup`, file]);
    },
  ],
  [
    'git checkout',
    async (file, wanted) => {
      const git = async (...args: string[]): Promise<string> =>
        (await run('git', args, { cwd: dirname(file) })).stdout.trim();
      await git('init', '-q');
      writeFileSync(`${file}.committed`, wanted);
      const blob = await git('hash-object', '-w', `${file}.committed`);
      await git('update-index', '--add', '--cacheinfo', `100644,${blob},journal.jsonl`);
      await git('checkout', '-q', '--', 'journal.jsonl');
    },
  ],
];

type Edit = (file: string) => void;

describe('a journal in whose place another file was put', () => {
  it.each(WAYS)('is read as it is now, and takes all later writes: %s', (_name, replace) =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      const connections = await cluster.pinned();
      const file = journalFile(dataDir, ID);
      const before: Call[] = [];
      const setup = new Recorder('setup');
      const [first] = connections;
      if (!first) throw new Error('no worker');
      demand(await setup.create(first, ID), 201);
      for (let n = 0; n < 20; n++) demand(await setup.post(first, ID), 201);
      before.push(...setup.history);
      for (let round = 0; round < ROUNDS; round++) {
        const recorder = new Recorder(`round-${round}`);
        let until = Number.POSITIVE_INFINITY;
        const load = connections.map(async (connection) => {
          while (recorder.history.length < until) {
            await (chance.below(2) === 0
              ? recorder.post(connection, ID)
              : recorder.readMessages(connection, ID));
            await recorder.readMetadata(connection, ID);
          }
        });
        await eventually(() => expect(recorder.history.length).toBeGreaterThan(CALLS_AFTER));
        const records = plainFold(readFileSync(file));
        const kept = records[10 + chance.below(records.length - 10)];
        const wanted = readFileSync(file).subarray(0, kept?.end);
        await replace(file, wanted);
        const replacedAt = performance.now();
        const cut = recorder.history.length;
        until = cut + CALLS_AFTER * connections.length;
        await Promise.all(load);
        const judged = [
          ...before.map(asUnknown),
          ...recorder.history.map((c) => (c.start > replacedAt ? c : asUnknown(c))),
        ];
        const violations = judge(judged, finalState(dataDir));
        if (violations.length > 0) throw new Error(shown(violations));
        expect(
          recorder.history.filter((c) => c.start > replacedAt && c.kind === 'write' && c.outcome === 'ok')
            .length,
        ).toBeGreaterThan(0);
        expect(await damage(dataDir)).toEqual([]);
        before.push(...recorder.history);
      }
    }),
  );

  it.each<[string, Edit]>([
    ['the last record, by sed -i', (file) => sed(file, 'writen')],
    ['the last record, in the same file', (file) => inPlace(file, 'writen')],
    ['the first record, by sed -i', (file) => sed(file, 'before')],
    ['the first record, in the same file', (file) => inPlace(file, 'before')],
  ])('is read as it is now when its size is the same: %s', (name, edit) =>
    scene(async ({ start, dataDir }) => {
      const cluster = await start();
      const connections = await cluster.pinned();
      const file = journalFile(dataDir, ID);
      await write(connections);
      await aged(file);
      const { size } = statSync(file);
      edit(file);
      expect(statSync(file).size).toBe(size);
      for (const connection of connections) {
        expect(await (name.includes('last') ? lastText(connection) : description(connection))).toBe(EDITED);
      }
      for (const connection of connections) {
        demand(await connection.ask('POST', api(ID, '/messages'), { body: { content: 'more' } }), 201);
      }
      expect(plainFold(readFileSync(file))).toHaveLength(3 + connections.length);
    }),
  );

  it('would be seen to be read as it was by a worker that looks at the size alone (mutant)', () =>
    scene(async ({ start, dataDir, control }) => {
      control.plan(2, { mutants: ['blind-stat'] });
      const cluster = await start({ program: 'fault', workers: 2 });
      const connections = await cluster.pinned();
      const [seeing, blind] = connections;
      if (!seeing || !blind) throw new Error('two workers are needed');
      const file = journalFile(dataDir, ID);
      await write(connections);
      await aged(file);
      sed(file, 'before');
      expect(await description(seeing)).toBe(EDITED);
      expect(await description(blind)).toBe('before');
    }));
});

/** What was before is not promised to outlive the replacement; it may be there. */
function asUnknown(call: Call): Call {
  return call.kind === 'write'
    ? { ...call, outcome: 'unknown', revision: null, commit: null }
    : { ...call, outcome: 'failed' };
}

/** A description and two messages, seen by every worker. */
async function write(connections: readonly Connection[]): Promise<void> {
  const [first] = connections;
  if (!first) throw new Error('no worker');
  demand(await first.ask('PUT', api(ID), { body: { description: 'before' } }), 201);
  for (const content of ['first one', 'writen'])
    demand(await first.ask('POST', api(ID, '/messages'), { body: { content } }), 201);
  for (const connection of connections) {
    expect(await lastText(connection)).toBe('writen');
    expect(await description(connection)).toBe('before');
  }
}

/** Edits that keep the size and come within 20 ms of a write are not promised to be seen. */
function aged(file: string): Promise<void> {
  return eventually(() => expect(Date.now() - statSync(file).ctimeMs).toBeGreaterThan(25));
}

async function lastText(connection: Connection): Promise<unknown> {
  const answer = demand(await connection.ask('GET', api(ID, '/messages?order=desc&limit=1')), 200);
  return (answer.json.items as { content: string }[])[0]?.content;
}

async function description(connection: Connection): Promise<unknown> {
  return demand(await connection.ask('GET', api(ID)), 200).json.description;
}

/** The line that holds the word, and the same with another word and the CRC that belongs to it. */
function lines(file: string, word: string): { old: string; edited: string } {
  const old = readFileSync(file, 'utf8')
    .split('\n')
    .find((line) => line.includes(`"${word}"`));
  if (old === undefined) throw new Error(`no line has ${word}`);
  const body = old.slice(18).replace(word, EDITED);
  const crc = crc32(body).toString(16).padStart(8, '0');
  return { old, edited: `{"crc":"${crc}",${body}` };
}

function sed(file: string, word: string): void {
  const { old, edited } = lines(file, word);
  const crcs = `s/${old.slice(8, 16)}/${edited.slice(8, 16)}/`;
  execFileSync('sed', ['-i', '-e', `/"${word}"/${crcs}`, '-e', `s/"${word}"/"${EDITED}"/`, file]);
}

function inPlace(file: string, word: string): void {
  const { old, edited } = lines(file, word);
  writeFileSync(file, readFileSync(file, 'utf8').replace(old, edited), { flag: 'r+' });
}
