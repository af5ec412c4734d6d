/** Fault 25: the host's clock jumps ahead and back, and a process is suspended, while agents hold leases. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { signal } from '../../scripts/process-table.js';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import { scene } from './scene.js';

const CLOCK = new URL('../fixtures/clock.mjs', import.meta.url);
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const LEASE_SECONDS = 1;
/** Four times what is promised: a task that is held for longer is not had. */
const WAIT_SECONDS = 4 * LEASE_SECONDS;
const ID = 'clocks';
const JUMPS = [
  2 * HOUR,
  ...Array(inForm(0, 1))
    .fill([5 * SECOND, 24 * HOUR, -5 * SECOND, -2 * HOUR])
    .flat(),
];

interface Held {
  readonly task: { readonly id: string };
  readonly lease: { readonly token: string; readonly expiresAt: string };
}

describe('leases of a cluster whose clock jumps', () => {
  it('last as long as they say, on every worker, and each has one holder', () =>
    scene(async ({ start, dataDir }) => {
      const clockFile = join(dataDir, '..', 'clock');
      const jump = (ms: number): void => {
        writeFileSync(`${clockFile}.new`, String(ms));
        renameSync(`${clockFile}.new`, clockFile);
      };
      const env = { NODE_OPTIONS: `--import=${CLOCK.href}`, CLOCK_FILE: clockFile };
      const cluster = await start({ workers: 2, env });
      const [one, two] = await cluster.pinned();
      if (!one || !two) throw new Error('two workers are needed');
      demand(await one.ask('PUT', api(ID), { body: {} }), 201);
      demand(await one.ask('PUT', api(ID, '/plan'), { body: { tasks: [{ id: 'x', name: 'x' }] } }), 200);

      for (const ms of JUMPS) {
        // One write while the clock is off; what is claimed afterwards does not last for longer.
        jump(ms);
        demand(await one.ask('POST', api(ID, '/messages'), { body: { content: 'meanwhile' } }), 201);
        jump(0);
        let held = await claim(one, 'ann');
        const off = Date.parse(held.body.lease.expiresAt) - Date.parse(held.answer.headers.date ?? '');
        expect(Math.abs(off - LEASE_SECONDS * SECOND)).toBeLessThan(5 * SECOND);
        held = await handedOver(one, two, held);

        // Claimed while the clock is off: a worker that was told of it knows since when.
        await release(two, held);
        jump(ms);
        held = await claim(one, 'ann');
        jump(0);
        held = await handedOver(one, two, held);

        // Whoever was suspended meanwhile finds that he has lost it.
        await release(two, held);
        held = await claim(one, 'ann');
        const pid = cluster.pidOf(1);
        signal(pid, 'SIGSTOP');
        const taken = await claim(two, 'bob').finally(() => signal(pid, 'SIGCONT'));
        expect(codeOf(await finish(one, held))).toBe('lease_lost');
        await release(two, taken);
      }
    }));
});

async function claim(at: Connection, agent: string): Promise<{ answer: Answer; body: Held }> {
  const body = { agent, leaseSeconds: LEASE_SECONDS, wait: WAIT_SECONDS };
  const answer = demand(await at.ask('POST', api(ID, '/plan/claim'), { body }), 200);
  return { answer, body: answer.json as unknown as Held };
}

/**
 * Somebody else gets the task on the other worker when the lease is over, and then the first holder is
 * refused.
 */
async function handedOver(one: Connection, two: Connection, held: { body: Held }) {
  const taken = await claim(two, 'bob');
  expect(codeOf(await finish(one, held))).toBe('lease_lost');
  return taken;
}

const finish = (at: Connection, { body: { task, lease } }: { body: Held }): Promise<Answer> =>
  at.ask('POST', api(ID, `/plan/tasks/${task.id}/complete`), { body: { token: lease.token } });

async function release(at: Connection, { body: { task, lease } }: { body: Held }): Promise<void> {
  const path = api(ID, `/plan/tasks/${task.id}/release`);
  demand(await at.ask('POST', path, { body: { token: lease.token } }), 200);
}
