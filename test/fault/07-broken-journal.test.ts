/**
 * Fault 7: the journal is cut, changed and lengthened under a live server that has it in memory.
 *
 * A torn tail is void, and the next write spoils it; damage in the middle is said to be damage by every
 * worker, never served and never guessed. Every byte is tried in test/store/journal; here it is a sample,
 * against real processes.
 */

import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { Mutant } from '../kit/fault-control.js';
import { journalFile } from '../kit/final-state.js';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';
import { type Counting, plainFold } from '../store/journal/plain-fold.js';
import { expectPass, type Scene, scene } from './scene.js';

const ID = 'a';
const MESSAGES = 6;
const SAMPLES = inForm(60, 2000);

interface Stage {
  readonly connections: readonly Connection[];
  readonly file: string;
  /** The whole journal, and its records. */
  readonly whole: Buffer;
  readonly records: readonly Counting[];
  readonly recorder: Recorder;
}

describe('a journal that somebody broke', () => {
  it('is served up to its last whole record when it was cut anywhere in the last three, and takes the next write', () =>
    scene(async (setting) => {
      const { connections, file, whole, records, recorder } = await prepared(setting);
      for (const cut of cuts(records, whole, setting.chance)) {
        restore(file, whole);
        for (const connection of connections) expect(await texts(connection)).toHaveLength(MESSAGES);
        truncateSync(file, cut);
        const left = plainFold(whole.subarray(0, cut)).length - 1;
        for (const connection of connections) expect(await texts(connection)).toEqual(expected(left));
        const writer = setting.chance.pick(connections);
        const answer = demand(
          await writer.ask('POST', api(ID, '/messages'), { body: { content: 'next' } }),
          201,
        );
        expect(answer.json.seq).toBe(left + 1);
        for (const connection of connections)
          expect(await texts(connection)).toEqual([...expected(left), 'next']);
        expect(plainFold(readFileSync(file))).toHaveLength(left + 2);
      }
      restore(file, whole);
      await expectPass(setting.dataDir, recorder);
    }));

  it.each([
    ['with L1', {}],
    ['without any cache', { ENABLE_MEMORY_CACHE: 'false' }],
  ])(
    'is damaged for reads and writes on every worker when a bit is wrong below its last record, %s',
    (_name, env) =>
      scene(async (setting) => {
        const { connections, file, whole, records, recorder } = await prepared(setting, [], env);
        // Without the newline before it, the last record is void as well, and nobody is left to tell of a
        // loss.
        const last = (records.at(-1)?.at ?? 0) - 1;
        for (let n = 0; n < SAMPLES; n++) {
          restore(file, flipped(whole, setting.chance.below(last)));
          for (const connection of connections) expect(await codesOf(connection)).toEqual(DAMAGED);
          expect(plainFold(readFileSync(file)).length).toBeLessThan(records.length);
          restore(file, whole);
          for (const connection of connections) expect(await texts(connection)).toEqual(expected(MESSAGES));
        }
        await expectPass(setting.dataDir, recorder);
      }),
  );

  it('is as it was when garbage was appended, with or without a newline, and takes the next write', () =>
    scene(async (setting) => {
      const { connections, file, whole, records } = await prepared(setting);
      const again = whole.subarray(records.at(-1)?.at ?? 0);
      const garbage = [
        'x',
        '\n',
        'x\n',
        '{"crc":"00000000",',
        '\0'.repeat(4096),
        `${again}`,
        `${again}`.slice(0, -1),
      ];
      for (const rest of garbage) {
        restore(file, Buffer.concat([whole, Buffer.from(rest)]));
        for (const connection of connections) expect(await texts(connection)).toEqual(expected(MESSAGES));
        const writer = setting.chance.pick(connections);
        demand(await writer.ask('POST', api(ID, '/messages'), { body: { content: 'next' } }), 201);
        for (const connection of connections)
          expect(await texts(connection)).toEqual([...expected(MESSAGES), 'next']);
      }
    }));

  it('would be seen to be served from memory by a worker that does not look (mutant)', () =>
    scene(async (setting) => {
      const { connections, file, whole } = await prepared(setting, ['blind-stat']);
      const [, blind] = connections;
      if (!blind) throw new Error('two workers are needed');
      demand(await blind.ask('GET', api(ID)), 200);
      restore(file, flipped(whole, 100));
      demand(await blind.ask('GET', api(ID)), 200);
    }));

  it('does not hold a worker up that sees another file at every look: 503, and the worker goes on', () =>
    scene(async (setting) => {
      const { connections, file, whole } = await prepared(setting, ['frozen-stat']);
      const [, frozen] = connections;
      if (!frozen) throw new Error('two workers are needed');
      await texts(frozen);
      restore(file, whole);
      const answers = await codesOf(frozen);
      expect(answers[0]).toBe('store_unavailable');
      expect(answers[2]).toBe('store_unavailable');
      demand(await frozen.ask('GET', '/health'), 200);
    }));
});

/** Messages one by one through both workers in turn: each record knows that those before it are on disk. */
async function prepared(
  { start, dataDir, control }: Scene,
  mutants: Mutant[] = [],
  env: Record<string, string> = {},
): Promise<Stage> {
  control.plan(2, { mutants });
  const cluster = await start({ program: 'fault', workers: 2, env });
  const connections = await cluster.pinned();
  const [writer] = connections;
  if (!writer) throw new Error('no worker');
  const recorder = new Recorder('text');
  demand(await writer.ask('PUT', api(ID), { body: {} }), 201);
  // A worker that is wrong about files cannot write.
  const writers = mutants.length > 0 ? [writer] : connections;
  for (let n = 1; n <= MESSAGES; n++)
    demand(await recorder.post(writers[n % writers.length] ?? writer, ID), 201);
  const file = journalFile(dataDir, ID);
  const whole = readFileSync(file);
  return { connections, file, whole, records: plainFold(whole), recorder };
}

function expected(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `text-${n + 1}`);
}

async function texts(connection: Connection): Promise<string[]> {
  const answer = demand(await connection.ask('GET', api(ID, '/messages?limit=500')), 200);
  return (answer.json.items as { content: string }[]).map(({ content }) => content);
}

const DAMAGED = ['damaged', 'damaged', 'damaged', 'damaged'];

/** What a list, a hot read, a write and a repeat of a write answer. */
async function codesOf(connection: Connection): Promise<(string | null)[]> {
  const answers: Answer[] = [
    await connection.ask('GET', api(ID, '/messages')),
    await connection.ask('GET', api(ID)),
    await connection.ask('POST', api(ID, '/messages'), { body: { content: 'never' } }),
    await connection.ask('PATCH', api(ID), { body: { description: 'never' } }),
  ];
  return answers.map(codeOf);
}

/** Ends of lines, the bytes around them, and a sample of the rest. */
function cuts(records: readonly Counting[], whole: Buffer, chance: Chance): number[] {
  const lastThree = records.slice(-3);
  const from = lastThree[0]?.at ?? 0;
  const edges = lastThree.flatMap(({ at, end }) => [at, at + 1, end - 2, end - 1]);
  const sample = Array.from({ length: SAMPLES }, () => from + chance.below(whole.length - from));
  return [...new Set([...edges, ...sample])];
}

/** Another byte with its lowest bit changed. */
function flipped(whole: Buffer, at: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function restore(file: string, bytes: Buffer): void {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}
