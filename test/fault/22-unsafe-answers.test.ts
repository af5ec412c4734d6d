/**
 * Fault 22: an answer that writes nothing itself waits until what it rests on is on disk, even while the one
 * who wrote that is stopped before its fdatasync.
 */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { Mutant } from '../kit/fault-control.js';
import type { Connection } from '../kit/http-connection.js';
import { api, artifactText, demand, Recorder } from '../kit/recorder.js';
import { expectPass, type Scene, scene } from './scene.js';

const ID = 'a';
const TEXT = 'once';

type Ask = (connection: Connection, id: string) => Promise<Answer>;

interface Case {
  readonly name: string;
  readonly write: Ask;
  /**
   * Answered without a commit, on the strength of the write that is not on disk; the same call where absent.
   */
  readonly resting?: Ask;
  readonly status: number;
  /** Whether what the answer said is there. */
  readonly isThere: (connection: Connection, id: string) => Promise<boolean>;
}

const CASES: readonly Case[] = [
  {
    name: 'a repeated key',
    write: post,
    status: 201,
    isThere: async (connection, id) => (await connection.ask('GET', api(id, '/messages/1'))).status === 200,
  },
  {
    name: 'a patch that changes nothing any more',
    write: (connection, id) => connection.ask('PATCH', api(id), { body: { description: TEXT } }),
    status: 200,
    isThere: async (connection, id) => (await connection.ask('GET', api(id))).json.description === TEXT,
  },
  {
    name: 'the same bytes once more',
    write: (connection, id) =>
      connection.ask('PUT', api(id, '/artifacts/x.txt'), {
        headers: { 'X-Message': TEXT, 'Content-Type': 'text/plain' },
        body: Buffer.from(artifactText(TEXT)),
      }),
    status: 200,
    isThere: async (connection, id) =>
      (await connection.ask('GET', api(id, '/artifacts/x.txt'))).body.toString() === artifactText(TEXT),
  },
  {
    name: 'the same plan once more',
    write: (connection, id) => connection.ask('PUT', api(id, '/plan'), { body: { goal: TEXT, tasks: [] } }),
    status: 200,
    isThere: async (connection, id) => (await connection.ask('GET', api(id, '/plan'))).json.goal === TEXT,
  },
  {
    name: 'a refusal because a task is there',
    write: (connection, id) =>
      connection.ask('POST', api(id, '/plan/tasks'), { body: { id: 'a', name: 'A' } }),
    status: 409,
    isThere: async (connection, id) => (await connection.ask('GET', api(id, '/plan/tasks/a'))).status === 200,
  },
];

describe('an answer that rests on a write which is not on disk', () => {
  it('waits for it on another worker', () =>
    scene(async (stage) => {
      for (const { name, early, answer, status, there } of await restingAnswers(stage, [])) {
        expect(early, name).toBe(false);
        expect(answer.status, name).toBe(status);
        expect(there, name).toBe(true);
      }
      await expectPass(stage.dataDir);
    }));

  it('would be seen to be a lie if that worker did not sync (mutant)', () =>
    scene(async (stage) => {
      for (const { name, answer, status, there } of await restingAnswers(stage, ['idle-sync'])) {
        expect(answer.status, name).toBe(status);
        expect(there, name).toBe(false);
      }
    }));

  it('waits for it on the same worker', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 1 });
      const [first, second, third] = await Promise.all([1, 2, 3].map(() => cluster.pinnedTo(1)));
      if (!first || !second || !third) throw new Error('three connections are needed');
      const recorder = new Recorder();
      demand(await recorder.create(first, ID), 201);
      control.arm(1, { op: 'fdatasync', when: 'before', path: '/a/', act: { kind: 'hold', gate: 'open' } });
      const order: string[] = [];
      const calls = [post(first, ID).then((answer) => note('first', answer))];
      await control.struck(1);
      calls.push(post(second, ID).then((answer) => note('repeat', answer)));
      // It has come as far as it can once a later request on another connection has been answered.
      demand(await third.ask('GET', api(ID)), 200);
      demand(await third.ask('GET', api(ID)), 200);
      order.push('opened');
      control.open('open');
      await Promise.all(calls);
      expect(order[0]).toBe('opened');
      await expectPass(dataDir, recorder);

      function note(name: string, answer: Answer): void {
        demand(answer, 201);
        order.push(name);
      }
    }));

  it('is never contradicted by a later one: what a list or a read has shown is shown by every worker', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 3 });
      const [writer, reader, other] = await cluster.pinned();
      if (!writer || !reader || !other) throw new Error('three workers are needed');
      const recorder = new Recorder();
      control.arm(1, { op: 'fdatasync', when: 'before', act: { kind: 'hold', gate: 'open' } });
      const created = recorder.create(writer, ID);
      await control.struck(1);
      const listed = demand(await reader.ask('GET', '/api/taskspaces?sort=id'), 200).json.items as {
        id: string;
      }[];
      for (const connection of [reader, other, reader]) {
        if (listed.length > 0) demand(await connection.ask('GET', api(ID)), 200);
        await recorder.readMetadata(connection, ID);
      }
      control.open('open');
      demand(await created, 201);
      for (const connection of [writer, reader, other]) await recorder.readMetadata(connection, ID);
      await expectPass(dataDir, recorder);
    }));
});

function post(connection: Connection, id: string): Promise<Answer> {
  const headers = { 'Idempotency-Key': 'key' };
  return connection.ask('POST', api(id, '/messages'), { headers, body: { content: TEXT } });
}

interface Resting {
  readonly name: string;
  readonly status: number;
  /** Whether it was answered before its own worker had synced. */
  readonly early: boolean;
  readonly answer: Answer;
  /** Whether the server that was started after the power cut has it. */
  readonly there: boolean;
}

/**
 * The first writer is held before its fdatasync for good; the second answers; the power is cut; what is there
 * now?
 */
async function restingAnswers({ start, control, dataDir }: Scene, mutants: Mutant[]): Promise<Resting[]> {
  control.plan(2, { mutants });
  const cluster = await start({ program: 'fault', workers: 3 });
  const [, repeater, third] = await cluster.pinned();
  if (!repeater || !third) throw new Error('three workers are needed');
  const held = { op: 'fdatasync', when: 'before', path: '/taskspaces/', times: null } as const;
  control.arm(1, { ...held, act: { kind: 'hold', gate: 'never' } });
  const answers: { early: boolean; answer: Answer }[] = [];
  const unanswered: Promise<Answer>[] = [];
  for (const [i, { write, resting = write }] of CASES.entries()) {
    const id = `case-${i}`;
    demand(await third.ask('PUT', api(id), { body: {} }), 201);
    control.plan(2, { mutants, faults: [{ ...held, act: { kind: 'hold', gate: id } }] });
    unanswered.push(write(await cluster.pinnedTo(1), id));
    await control.struck(1, i + 1);
    let answered = false;
    const answer = resting(repeater, id).then((value) => {
      answered = true;
      return value;
    });
    await Promise.race([control.struck(2), answer]);
    demand(await third.ask('GET', api(id)), 200);
    const early = answered;
    control.open(id);
    answers.push({ early, answer: await answer });
  }
  cluster.killTree();
  await Promise.all([cluster.exit, ...unanswered]);
  control.cutPower(dataDir);
  const next = await (await start({ workers: 1 })).connect();
  const found: Resting[] = [];
  for (const [i, { early, answer }] of answers.entries()) {
    const { name = '', status = 0, isThere } = CASES[i] ?? {};
    found.push({ name, status, early, answer, there: (await isThere?.(next, `case-${i}`)) ?? false });
  }
  return found;
}
