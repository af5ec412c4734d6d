/** Claims that wait while their taskspace is deleted and another one is made under its id. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Running, startTwo } from './harness.js';

let one: Running;
let two: Running;
beforeAll(async () => {
  ({ one, two } = await startTwo());
});

const ROUNDS = 5;
const CLAIMERS = 4;

describe('claims that wait', () => {
  it('end with 404 when another taskspace stands under the id at once, and take no task of it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const at = `/api/taskspaces/p${round}`;
      const claim = (wait: number) => one.ask('POST', `${at}/plan/claim`, { json: { agent: 'ann', wait } });
      await one.ask('PUT', at, { json: {} });
      const waiting = Array.from({ length: CLAIMERS }, () => claim(30));
      // Whoever asked before this is answered has begun to wait.
      expect((await claim(0)).status).toBe(204);
      // Through the other worker, so that the first hears of both at the same time.
      await two.ask('DELETE', at);
      await two.ask('PUT', at, { json: {} });
      await two.ask('PUT', `${at}/plan`, { json: { goal: '', tasks: [{ id: 'new', name: 'new' }] } });
      for (const answer of await Promise.all(waiting)) expect(answer.json.code).toBe('not_found');
      expect((await claim(0)).json.task).toMatchObject({ id: 'new', attempts: 1 });
    }
  });
});
