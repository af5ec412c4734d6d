/**
 * Fault 22: an answer that writes nothing itself waits until what it rests on is on disk, even while the one who wrote
 * that is stopped before its fdatasync.
 */
import { describe, expect, it } from 'vitest';
import type { Mutant } from '../helpers/fault-control.js';
import { type Answer, type Connection, json } from '../helpers/http-connection.js';
import { api, artifactText, demand, Recorder } from '../helpers/recorder.js';
import { expectPass, type Scene, scene } from './scene.js';

const ID = 'a';
const TEXT = 'once';

type Ask = (connection: Connection) => Promise<Answer>;

const post: Ask = (connection) =>
  connection.ask('POST', api(ID, '/messages'), {
    headers: { 'Idempotency-Key': 'key' },
    body: { content: TEXT },
  });
const describeIt: Ask = (connection) => connection.ask('PATCH', api(ID), { body: { description: TEXT } });
const putFile: Ask = (connection) =>
  connection.ask('PUT', api(ID, '/artifacts/x.txt'), {
    headers: { 'X-Message': TEXT, 'Content-Type': 'text/plain' },
    body: Buffer.from(artifactText(TEXT)),
  });
const createNew: Ask = (connection) => connection.ask('POST', '/api/taskspaces', { body: { id: 'new' } });

interface Case {
  readonly name: string;
  readonly write: Ask;
  /** Answered without a commit, on the strength of the write that is not on disk. */
  readonly resting: Ask;
  readonly status: number;
  /** Throws unless what the answer said is there. */
  readonly check: Ask;
}

const CASES: readonly Case[] = [
  {
    name: 'a repeated key',
    write: post,
    resting: post,
    status: 201,
    check: (connection) => connection.ask('GET', api(ID, '/messages/1')),
  },
  {
    name: 'a patch that changes nothing any more',
    write: describeIt,
    resting: describeIt,
    status: 200,
    check: async (connection) => {
      const answer = await connection.ask('GET', api(ID));
      expect(json(answer).description).toBe(TEXT);
      return answer;
    },
  },
  {
    name: 'the same bytes once more',
    write: putFile,
    resting: putFile,
    status: 200,
    check: (connection) => connection.ask('GET', api(ID, '/artifacts/x.txt')),
  },
  {
    name: 'a refusal because something is there',
    write: createNew,
    resting: createNew,
    status: 409,
    check: (connection) => connection.ask('GET', api('new')),
  },
];

describe('an answer that rests on a write which is not on disk', () => {
  it.each(CASES)('waits for it on another worker: $name', (given) =>
    scene(async (stage) => {
      const { early, answer, check } = await restingAnswer(stage, given, []);
      expect(early).toBe(false);
      expect(answer.status).toBe(given.status);
      demand(await check(), 200);
      await expectPass(stage.dataDir);
    }),
  );

  it.each(CASES.slice(0, 3))(
    'would be seen to be a lie if that worker did not sync (mutant): $name',
    (given) =>
      scene(async (stage) => {
        const { check } = await restingAnswer(stage, given, ['idle-sync']);
        await expect(check().then((answer) => demand(answer, 200))).rejects.toThrow();
      }),
  );

  it('waits for it on the same worker', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 1 });
      const [first, second, third] = await Promise.all([1, 2, 3].map(() => cluster.pinnedTo(1)));
      if (!first || !second || !third) throw new Error('three connections are needed');
      const recorder = new Recorder();
      demand(await recorder.create(first, ID), 201);
      control.arm(1, { op: 'fdatasync', when: 'before', path: '/a/', act: { kind: 'hold', gate: 'open' } });
      const order: string[] = [];
      const calls = [post(first).then((answer) => note('first', answer))];
      await control.struck(1);
      calls.push(post(second).then((answer) => note('repeat', answer)));
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
      const listed = json(demand(await reader.ask('GET', '/api/taskspaces?sort=id'), 200)).items as {
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

interface Resting {
  /** Whether it was answered before its own worker had synced. */
  readonly early: boolean;
  readonly answer: Answer;
  /** Asks the server that was started after the power cut. */
  readonly check: () => Promise<Answer>;
}

/** The first writer is held before its fdatasync for good; the second answers; the power is cut; what is there now? */
async function restingAnswer(
  { start, control, dataDir }: Scene,
  { write, resting, check }: Case,
  mutants: Mutant[],
): Promise<Resting> {
  control.plan(2, { mutants });
  const cluster = await start({ program: 'fault', workers: 3 });
  const [writer, repeater, third] = await cluster.pinned();
  if (!writer || !repeater || !third) throw new Error('three workers are needed');
  demand(await third.ask('PUT', api(ID), { body: {} }), 201);
  const path = '/taskspaces/';
  control.arm(1, {
    op: 'fdatasync',
    when: 'before',
    path,
    times: null,
    act: { kind: 'hold', gate: 'never' },
  });
  const hold = { op: 'fdatasync', when: 'before', path, act: { kind: 'hold', gate: 'second' } } as const;
  control.plan(2, { mutants, faults: [hold] });
  const unanswered = write(writer);
  await control.struck(1);
  let answered = false;
  const answer = resting(repeater).then((value) => {
    answered = true;
    return value;
  });
  await Promise.race([control.struck(2), answer]);
  demand(await third.ask('GET', api(ID)), 200);
  const early = answered;
  control.open('second');
  const given = await answer;
  cluster.killTree();
  await Promise.all([cluster.exit, unanswered]);
  control.cutPower(dataDir);
  const next = await (await start({ workers: 1 })).connect();
  return { early, answer: given, check: () => check(next) };
}
