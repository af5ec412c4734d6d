/**
 * Leases and keys while the host's clock jumps: one data folder, several processes, each with clocks of its
 * own.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCaller } from '../../src/app/caller.js';
import { openApp, type RunningApp } from '../../src/app/open-app.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { openStore } from '../../src/compose.js';
import { readConfig } from '../../src/config/environment.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const ANN = openCaller('ann');
const dataDir = temporaryFolder();
const running: RunningApp[] = [];
/** The time that passes for all, and how far the host's clock is off. */
let passed = 0;
let ahead = 0;
const now = (): number => Date.parse('2026-05-01T00:00:00.000Z') + passed + ahead;

beforeEach(() => {
  passed = 0;
  ahead = 0;
});
afterEach(async () => {
  for (const { close } of running.splice(0)) await close();
});

async function worker(steady = () => 5 * HOUR + passed): Promise<UseCases> {
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir(), name), { recursive: true });
  const config = readConfig({ DATA_DIR: dataDir(), WORKERS: '1' }, 'prod', '0.0.0-test');
  const log = { warn: () => {} };
  const store = openStore(config, log, { now, steady });
  const started = await openApp({ config, log, store, housekeeping: false });
  running.push(started);
  return started.service;
}

interface Held {
  readonly task: { readonly id: string; readonly revision: number };
  readonly lease: { readonly token: string; readonly expiresAt: string };
}

const signal = new AbortController().signal;

async function claim(service: UseCases, agent: string, leaseSeconds = 2): Promise<Held | null> {
  const query = { agent, leaseSeconds, taskId: undefined, waitSeconds: 0, signal, isGone: () => false };
  const answer = await service.claims.claim(ANN, 'a', { ...query, taskId: null }, null);
  return answer.status === 200 ? (answer.body as Held) : null;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error) => (error instanceof TaskspaceError ? error.code : String(error)),
  );
const grant = (service: UseCases, leaseSeconds = 2) =>
  service.leases.grant(ANN, 'a', 'deploy', { holder: 'ann', leaseSeconds }, null);
const post = (service: UseCases, content: string, key: string | null = null) => {
  const request = key === null ? null : { key, path: '/m', digest: content };
  return service.messages.post(ANN, 'a', [{ content }], false, request);
};

/** Two processes that know a plan of one task. */
async function two(): Promise<[UseCases, UseCases]> {
  const workers: [UseCases, UseCases] = [await worker(), await worker()];
  await workers[0].taskspaces.create(ANN, { id: 'a' }, null);
  await workers[0].plan.put(ANN, 'a', { tasks: [{ id: 'x', name: 'x' }] }, {});
  for (const each of workers) await each.plan.get(ANN, 'a');
  return workers;
}

describe('a lease', () => {
  it('lasts as long as it says after the clock was ahead for one write', async () => {
    for (const jump of [5 * SECOND, 2 * HOUR, DAY]) {
      const id = `jump-${jump}`;
      const [one, other] = [await worker(), await worker()];
      const by = { query: { agent: 'ann', leaseSeconds: 2, taskId: null, waitSeconds: 0, signal } };
      const take = (service: UseCases, agent: string) =>
        service.claims.claim(ANN, id, { ...by.query, agent, isGone: () => false }, null);
      await one.taskspaces.create(ANN, { id }, null);
      await one.plan.put(ANN, id, { tasks: [{ id: 'x', name: 'x' }] }, {});
      ahead = jump;
      await one.messages.post(ANN, id, [{ content: 'ahead' }], false, null);
      ahead = 0;
      const held = (await take(one, 'a')).body as Held;
      expect(Date.parse(held.lease.expiresAt)).toBe(now() + 2 * SECOND);
      passed += 1999;
      for (const service of [one, other]) expect((await take(service, 'b')).status).toBe(204);
      passed += 1;
      expect((await take(other, 'b')).status).toBe(200);
    }
  });

  it('granted while the clock was ahead lasts no longer than its length after it was seen', async () => {
    for (const jump of [5 * SECOND, 2 * HOUR, DAY]) {
      ahead = 0;
      passed += DAY;
      const [one, other] = jump === 5 * SECOND ? await two() : [await worker(), await worker()];
      for (const each of [one, other]) await each.plan.get(ANN, 'a');
      ahead = jump;
      const held = await claim(one, 'ann');
      expect(held).not.toBeNull();
      await other.plan.get(ANN, 'a');
      ahead = 0;
      passed += 1999;
      for (const service of [one, other]) expect(await claim(service, 'bob')).toBeNull();
      passed += 1;
      const taken = await claim(other, 'bob');
      expect(taken?.task.id).toBe('x');
      // The takeover is a commit: whatever the first holder's process believed, his token is good no more.
      const renewal = one.claims.heartbeat(ANN, 'a', 'x', { token: held?.lease.token ?? '' }, null);
      expect(await codeOf(renewal)).toBe('lease_lost');
      passed += 2 * SECOND;
    }
  });

  it('lapses no earlier than the jump itself forces, and a clock that was set back does not prolong it', async () => {
    const [one, other] = await two();
    await claim(one, 'ann', 60);
    await other.plan.get(ANN, 'a');
    ahead = 5 * SECOND;
    passed = 54_999;
    for (const service of [one, other]) expect(await claim(service, 'bob')).toBeNull();
    ahead = -2 * HOUR;
    passed = 59_999;
    for (const service of [one, other]) expect(await claim(service, 'bob')).toBeNull();
    passed = 60_000;
    expect(await claim(other, 'bob', 60)).not.toBeNull();
  });

  it('that is renewed lasts from its renewal, by whichever clock', async () => {
    const [one, other] = await two();
    const held = await claim(one, 'ann', 10);
    ahead = -2 * HOUR;
    passed = 9_000;
    await other.claims.heartbeat(ANN, 'a', 'x', { token: held?.lease.token ?? '' }, null);
    await one.plan.get(ANN, 'a');
    passed = 18_999;
    for (const service of [one, other]) expect(await claim(service, 'bob')).toBeNull();
    passed = 19_000;
    expect(await claim(one, 'bob')).not.toBeNull();
  });

  it('lasts its length for a process that comes later, however far its end seems to be', async () => {
    const [one] = await two();
    ahead = DAY;
    await claim(one, 'ann', 60);
    await grant(one, 60);
    ahead = 0;
    const late = await worker();
    expect(await claim(late, 'bob')).toBeNull();
    passed += 59_999;
    expect(await claim(late, 'bob')).toBeNull();
    expect(await codeOf(grant(late))).toBe('lease_held');
    passed += 1;
    expect(await claim(late, 'bob')).not.toBeNull();
    expect(await codeOf(grant(late))).toBe('done');
  });

  it('by name obeys the same clocks, and its fence grows whatever they show', async () => {
    const [one, other] = await two();
    ahead = 2 * HOUR;
    await post(one, 'two hours ahead');
    const fences = [];
    for (const jump of [0, 2 * HOUR, -2 * HOUR, DAY]) {
      ahead = jump;
      const granted = (await grant(one)).body as { fence: number; expiresAt: string };
      expect(Date.parse(granted.expiresAt)).toBe(now() + 2 * SECOND);
      fences.push(granted.fence);
      await other.leases.list(ANN, 'a');
      ahead = jump - HOUR;
      passed += 1999;
      expect(await codeOf(grant(other))).toBe('lease_held');
      passed += 1;
      fences.push(((await grant(other)).body as { fence: number }).fence);
      await one.leases.list(ANN, 'a');
      passed += 2 * SECOND;
    }
    expect(fences).toEqual(fences.map((_, i) => i + 1));
  });

  it('shows what is ready, and what a claim can be had, by the same measure', async () => {
    const [one] = await two();
    ahead = 2 * HOUR;
    await claim(one, 'ann');
    ahead = 0;
    const ready = async (): Promise<number> =>
      JSON.parse((await one.plan.ready(ANN, 'a', null)).body.toString()).items.length;
    expect(await ready()).toBe(0);
    passed += 2 * SECOND;
    expect(await ready()).toBe(1);
  });
});

describe('a process without a clock that goes forward', () => {
  it('is found out: what was claimed while the clock was ahead is held for as long as it was ahead', async () => {
    const mutant = await worker(() => 0);
    await mutant.taskspaces.create(ANN, { id: 'a' }, null);
    await mutant.plan.put(ANN, 'a', { tasks: [{ id: 'x', name: 'x' }] }, {});
    ahead = 2 * HOUR;
    await claim(mutant, 'ann');
    ahead = 0;
    passed += 2 * HOUR;
    expect(await claim(mutant, 'bob')).toBeNull();
    passed += 2 * SECOND;
    expect(await claim(mutant, 'bob')).not.toBeNull();
  });
});

describe('order', () => {
  it('is that of the journal, however the clock jumps: times grow, revisions have no gap', async () => {
    const [one, other] = await two();
    const posted: { at: string; seq: number }[] = [];
    for (const jump of [0, 5 * SECOND, -5 * SECOND, 2 * HOUR, -2 * HOUR, DAY, 0]) {
      ahead = jump;
      passed += SECOND;
      for (const service of [one, other]) posted.push((await post(service, 'x')).body as (typeof posted)[0]);
    }
    const times = posted.map(({ at }) => at);
    expect(times).toEqual([...new Set(times)].sort());
    expect(posted.map(({ seq }) => seq)).toEqual(posted.map((_, i) => i + 1));
  });
});

describe('an idempotency key', () => {
  it('is known for a day after the clock was a day ahead, and no longer', async () => {
    const [one, other] = await two();
    await post(one, 'before', 'before');
    ahead = DAY;
    await post(one, 'meanwhile', 'meanwhile');
    ahead = 0;
    for (const key of ['before', 'meanwhile']) expect((await post(other, key, key)).replayed, key).toBe(true);
    await post(one, 'after', 'after');
    passed = DAY - 1;
    for (const key of ['before', 'meanwhile', 'after'])
      expect((await post(other, key, key)).replayed, key).toBe(true);
    passed = DAY;
    for (const key of ['before', 'meanwhile', 'after'])
      expect((await post(other, key, key)).replayed, key).toBe(false);
  });

  it('outlives many jumps of any length, and its memory is bounded all the same', async () => {
    const [one] = await two();
    await post(one, 'k', 'k');
    for (const [i, jump] of [400 * DAY, DAY, -400 * DAY, 7 * DAY, 0].entries()) {
      ahead = jump;
      await post(one, 'x', `x${i}`);
    }
    expect((await post(one, 'k', 'k')).replayed).toBe(true);
  });
});
