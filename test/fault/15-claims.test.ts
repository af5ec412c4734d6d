/** Fault 15: many agents claim tasks on all workers while agents and workers die, and leases lapse. */
import { describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import { inForm } from '../kit/form.js';
import { codeOf } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import type { Act } from './claims/agent.js';
import { type CrewForm, putPlan, workItOff } from './claims/crew.js';
import { judgeClaims } from './claims/verdict.js';
import { killingWorkers } from './load.js';
import { damage, scene } from './scene.js';

const ID = 'plan';
const CREW: CrewForm = {
  agents: inForm(16, 64),
  tasks: inForm(200, 2000),
  leaseSeconds: 2,
  troubles: 15,
};
const KILL_EVERY_MS = 700;

describe('agents that work on one plan through all workers', () => {
  it('finish each task once, in order, while agents and workers are killed', () =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      await putPlan(cluster, ID, CREW, chance);
      const acts: Act[] = [];
      const kills = await killingWorkers(cluster, chance, KILL_EVERY_MS, async () => {
        console.log(await workItOff(cluster, ID, CREW, chance, acts));
      });
      const refused = acts.filter(({ code }) => code === 'lease_lost').length;
      console.log({ kills, answers: acts.length, lostLeases: refused });
      expect(kills).toBeGreaterThan(0);
      expect(judgeClaims(dataDir, ID, acts)).toEqual([]);
      expect(await damage(dataDir)).toEqual([]);
    }));

  it('and while nobody is, as fast as it goes', () =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      const calm = { ...CREW, troubles: 0, leaseSeconds: 60 };
      await putPlan(cluster, ID, calm, chance);
      const acts: Act[] = [];
      console.log(await workItOff(cluster, ID, calm, chance, acts));
      expect(judgeClaims(dataDir, ID, acts)).toEqual([]);
      expect(acts.filter(({ what, status }) => what === 'claim' && status === 200)).toHaveLength(CREW.tasks);
    }));
});

describe('a claim whose lease has lapsed', () => {
  it('is finished by its holder while nobody took it, and by him no more once somebody did, whoever died meanwhile', () =>
    scene(async ({ start }) => {
      const cluster = await start({ workers: 2 });
      const [one, two] = await cluster.pinned();
      if (!one || !two) throw new Error('two workers are needed');
      demand(await one.ask('PUT', api(ID), { body: {} }), 201);
      const tasks = ['untaken', 'taken'].map((id) => ({ id, name: id }));
      demand(await one.ask('PUT', api(ID, '/plan'), { body: { goal: '', tasks } }), 200);
      const claim = async (agent: string, taskId: string): Promise<{ token: string; expiresAt: string }> => {
        const body = { agent, taskId, leaseSeconds: 1, wait: 5 };
        const answer = demand(await two.ask('POST', api(ID, '/plan/claim'), { body }), 200);
        return answer.json.lease as { token: string; expiresAt: string };
      };
      const complete = (taskId: string, token: string) =>
        one.ask('POST', api(ID, `/plan/tasks/${taskId}/complete`), { body: { token } });
      const untaken = await claim('ann', 'untaken');
      const taken = await claim('ann', 'taken');
      const next = await claim('bob', 'taken');
      await eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(untaken.expiresAt)));
      signal(cluster.pidOf(2), 'SIGKILL');
      expect((await complete('untaken', untaken.token)).status).toBe(200);
      expect(codeOf(await complete('taken', taken.token))).toBe('lease_lost');
      expect((await complete('taken', next.token)).status).toBe(200);
    }));

  it.each([
    ['before', 'append'],
    ['after', 'append'],
    ['before', 'fdatasync'],
    ['after', 'fdatasync'],
  ] as const)(
    'was one, with one token, however often it is asked for after its worker died %s the %s',
    (when, op) =>
      scene(async ({ start, control }) => {
        const cluster = await start({ program: 'fault', workers: 2 });
        const [dying, living] = await cluster.pinned();
        if (!dying || !living) throw new Error('two workers are needed');
        demand(await living.ask('PUT', api(ID), { body: {} }), 201);
        const tasks = ['a', 'b'].map((id) => ({ id, name: id }));
        demand(await living.ask('PUT', api(ID, '/plan'), { body: { goal: '', tasks } }), 200);
        const asked = { headers: { 'Idempotency-Key': 'k' }, body: { agent: 'ann' } };
        control.arm(1, { op, when, path: '/taskspaces/', act: { kind: 'kill' } });
        expect((await dying.ask('POST', api(ID, '/plan/claim'), asked)).status).toBe(0);
        control.disarm(1);
        const answers = [];
        for (const connection of [living, await cluster.pinnedTo(1), living])
          answers.push(demand(await connection.ask('POST', api(ID, '/plan/claim'), asked), 200));
        const [first] = answers;
        if (!first) throw new Error('no answer');
        for (const { body } of answers) expect(body.equals(first.body)).toBe(true);
        const { task, lease } = first.json as { task: { id: string }; lease: { token: string } };
        expect(task.id).toBe('a');
        const done = api(ID, '/plan/tasks/a/complete');
        expect((await living.ask('POST', done, { body: { token: lease.token } })).status).toBe(200);
        const summary = (await living.ask('GET', api(ID, '/summary'))).json;
        expect(summary).toMatchObject({ claims: 0, tasks: { completed: 1, pending: 1 } });
      }),
  );
});
