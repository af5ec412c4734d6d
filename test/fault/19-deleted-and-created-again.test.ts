/**
 * Fault 19: a taskspace is deleted and created again under readers with kept ETags, also by a deleter that
 * was stopped in between. Nobody gets anything of the old one once the new one is acknowledged, no 304
 * reaches across, the new one stays.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { isStopped, signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import type { Fault } from '../kit/fault-control.js';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, artifactText, demand, Recorder } from '../kit/recorder.js';
import { expectPassWithPlainFiles, scene } from './scene.js';

const ID = 'phoenix';
const LIVES = inForm(40, 1000);
const RESOURCES = ['', '/plan', '/messages?order=desc&limit=1', '/artifacts/x.txt', '/plan/tasks/t'];

/** When a life certainly was, and when nothing certainly was. */
interface Life {
  readonly number: number;
  createStart: number;
  /** Acknowledged, with all that is in it. */
  createEnd: number;
  deleteStart: number;
  deleteEnd: number;
}

/** What a reader saw: the number of a life, or nothing. */
interface Sight {
  readonly resource: string;
  readonly start: number;
  readonly end: number;
  readonly life: number | null;
  readonly worker: number | null;
}

describe('a taskspace that is deleted and created again', () => {
  it('shows readers with kept ETags nothing of an old life, and nothing backwards', () =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      const connections = await cluster.pinned();
      const lives: Life[] = [];
      const sights: Sight[] = [];
      let over = false;
      const readers = connections.map(async (connection) => {
        const kept = new Map<string, { etag: string; life: number | null }>();
        while (!over) sights.push(await look(connection, chance.pick(RESOURCES), kept));
      });
      const writers = await cluster.pinned();
      for (let n = 1; n <= LIVES; n++) lives.push(await live(chance.pick(writers), chance.pick(writers), n));
      over = true;
      await Promise.all(readers);
      const wrong = judgeLives(lives, sights);
      console.log(`${sights.length} looks at ${LIVES} lives`);
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(new Set(sights.map(({ life }) => life)).size).toBeGreaterThan(LIVES / 2);
      await expectPassWithPlainFiles(dataDir);
    }));

  it('would be seen to show an old life if a worker did not look at the file (mutant)', () =>
    scene(async ({ start, control, chance }) => {
      control.plan(2, { mutants: ['frozen-stat'] });
      const cluster = await start({ program: 'fault', workers: 2 });
      const [writer, reader] = await cluster.pinned();
      if (!writer || !reader) throw new Error('two workers are needed');
      const lives: Life[] = [];
      const sights: Sight[] = [];
      const kept = new Map();
      for (let n = 1; n <= 5; n++) {
        lives.push(
          await live(writer, writer, n, async () => {
            sights.push(await look(reader, chance.pick(RESOURCES.slice(0, 2)), kept));
          }),
        );
      }
      expect(judgeLives(lives, sights).length).toBeGreaterThan(0);
    }));

  // Where the deleter is stopped: decided and not appended; appended and not on disk; before its plain files
  // are removed.
  const PLACES: readonly Fault[] = [
    { op: 'append', when: 'before', path: '/taskspaces/', act: { kind: 'stop' } },
    { op: 'append', when: 'after', path: '/taskspaces/', act: { kind: 'stop' } },
    { op: 'stat', when: 'after', nth: 2, path: '/taskspaces/', act: { kind: 'stop' } },
    { op: 'stat', when: 'after', nth: 3, path: '/taskspaces/', act: { kind: 'stop' } },
    { op: 'stat', when: 'after', nth: 4, path: '/taskspaces/', act: { kind: 'stop' } },
  ];
  it('keeps its new life when a deleter of the old one is stopped in between and wakes up', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [deleter, other] = await cluster.pinned();
      if (!deleter || !other) throw new Error('two workers are needed');
      const recorder = new Recorder();
      for (const [i, place] of PLACES.entries()) {
        const id = `life-${i}`;
        demand(await recorder.create(deleter, id), 201);
        demand(await recorder.putArtifact(deleter, id, 'x.txt'), 201);
        const { headers } = demand(await deleter.ask('GET', api(id)), 200);
        control.arm(1, place);
        const pid = cluster.pidOf(1);
        const deleting = deleter.ask('DELETE', api(id), { headers: { 'If-Match': headers.etag ?? '' } });
        await eventually(() => expect(isStopped(pid)).toBe(true));
        const gone = (await other.ask('GET', api(id))).status === 404;
        if (!gone) demand(await other.ask('DELETE', api(id)), 204);
        demand(await recorder.create(other, id), 201);
        expect(codeOf(await other.ask('GET', api(id, '/artifacts/x.txt')))).toBe('not_found');
        demand(await recorder.putArtifact(other, id, 'x.txt'), 201);
        demand(await recorder.putArtifact(other, id, 'y.txt'), 201);
        signal(pid, 'SIGCONT');
        const answer = demand(await deleting, 204, 412);
        expect(answer.status).toBe(gone ? 204 : 412);
        control.disarm(1);
        for (const connection of [deleter, other]) {
          demand(await recorder.readMetadata(connection, id), 200);
          demand(await recorder.readArtifact(connection, id, 'x.txt'), 200);
          demand(await recorder.readArtifact(connection, id, 'y.txt'), 200);
        }
        const file = join(dataDir, 'taskspaces', id, 'artifacts', 'x.txt');
        const { message } = (await other.ask('GET', api(id, '/artifacts/x.txt?meta=true'))).json;
        expect(readFileSync(file, 'utf8')).toBe(artifactText(String(message)));
      }
      await expectPassWithPlainFiles(dataDir, recorder);
    }));
});

/** One life: created whole by one worker, deleted by another. Everything in it carries its number. */
async function live(
  creator: Connection,
  deleter: Connection,
  number: number,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Life> {
  const name = `life ${number}`;
  const created = demand(await creator.ask('POST', '/api/taskspaces', { body: { id: ID, name } }), 201);
  const plan = { goal: name, tasks: [{ id: 't', name }] };
  demand(await creator.ask('PUT', api(ID, '/plan'), { body: plan }), 200);
  demand(await creator.ask('POST', api(ID, '/messages'), { body: { content: name } }), 201);
  const headers = { 'Content-Type': 'text/plain' };
  const put = await creator.ask('PUT', api(ID, '/artifacts/x.txt'), { headers, body: Buffer.from(name) });
  demand(put, 201);
  await meanwhile();
  const deleted = demand(await deleter.ask('DELETE', api(ID)), 204);
  await meanwhile();
  return {
    number,
    createStart: created.start,
    createEnd: put.end,
    deleteStart: deleted.start,
    deleteEnd: deleted.end,
  };
}

/**
 * A read, half of the time with the ETag that this reader has kept: 304 says that it is still what it was.
 */
async function look(
  connection: Connection,
  resource: string,
  kept: Map<string, { etag: string; life: number | null }>,
): Promise<Sight> {
  const known = kept.get(resource);
  const headers: Record<string, string> = known ? { 'If-None-Match': known.etag } : {};
  const answer = await connection.ask('GET', api(ID, resource), { headers });
  const { start, end, worker } = answer;
  const life = answer.status === 304 ? (known?.life ?? null) : lifeIn(answer);
  if (answer.status === 200 && answer.headers.etag) kept.set(resource, { etag: answer.headers.etag, life });
  return { resource, start, end, life, worker };
}

function lifeIn(answer: Answer): number | null {
  const found = answer.status === 200 ? /life (\d+)/.exec(answer.body.toString())?.[1] : undefined;
  return found === undefined ? null : Number(found);
}

/** Every sight that no moment between its start and its end allows. */
function judgeLives(lives: readonly Life[], sights: readonly Sight[]): string[] {
  return sights.flatMap(({ resource, start, end, life: seen, worker }) => {
    const where = `${resource || 'metadata'} on worker ${worker}`;
    if (seen === null) {
      const life = lives.find(({ createEnd, deleteStart }) => createEnd < start && end < deleteStart);
      return life ? [`nothing of ${where} in the middle of life ${life.number}`] : [];
    }
    const life = lives.find(({ number }) => number === seen);
    if (!life) return [`life ${seen} of ${where}, which never was`];
    if (end < life.createStart) return [`life ${seen} of ${where} before it was`];
    return start > life.deleteEnd
      ? [`life ${seen} of ${where} ${start - life.deleteEnd} ms after it was over`]
      : [];
  });
}
