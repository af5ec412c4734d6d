/** The ways to start a server, what `X-Cache` says in each, and that all of them answer the same. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, RedisProcess } from '../../scripts/redis-process.js';
import { eventually } from '../kit/eventually.js';
import { seeded } from '../kit/seed.js';
import { describeWithRedis } from '../kit/with-redis.js';
import { ProjectCopy } from '../scripts/project-copy.js';
import { choices } from './choices.js';
import { plantFalseValues } from './planted-values.js';

const DEV = 'scripts/dev.mjs';
const PROD = 'scripts/prod.mjs';
const PATHS = ['', '/plan', '/summary', '/conversations', '/messages', '/export?format=json'];
const project = new ProjectCopy();
let wanted: readonly string[] | null = null;

beforeAll(async () => {
  const { ready, kill, exit } = project.run(PROD);
  const base = `${await ready()}/api/taskspaces/t`;
  await send('PUT', base, { description: 'the same' });
  await send('PUT', `${base}/plan`, { goal: 'the same', tasks: [{ id: 'a', name: 'A' }] });
  await send('POST', `${base}/messages`, { content: 'the same' });
  kill('SIGTERM');
  await exit;
}, 60_000);

afterAll(() => project.remove());

it.each([
  ['npm run dev', 'store', DEV, {}],
  ['ENABLE_MEMORY_CACHE=true npm run dev', 'l1', DEV, { ENABLE_MEMORY_CACHE: 'true' }],
  ['npm run prod', 'l1', PROD, {}],
] as const)('%s answers from %s', async (_name, tier, script, env) => {
  expect((await tiers(script, env)).at(-1)).toEqual(PATHS.map(() => tier));
});

it('ENABLE_REDIS_CACHE=true with no Redis there answers from L1, and without L1 from the store', async () => {
  const env = { ENABLE_REDIS_CACHE: 'true', REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
  expect((await tiers(PROD, env)).at(-1)).toEqual(PATHS.map(() => 'l1'));
  const without = await tiers(PROD, { ...env, ENABLE_MEMORY_CACHE: 'false' });
  expect(without.flat()).toEqual(PATHS.flatMap(() => ['store', 'store']));
});

describeWithRedis('with a Redis there', () => {
  it('ENABLE_REDIS_CACHE=true answers from L1, and without L1 derived results from L2', async () => {
    const redis = await RedisProcess.start();
    try {
      const env = { ENABLE_REDIS_CACHE: 'true', REDIS_URL: redis.url };
      expect((await tiers(PROD, env)).at(-1)).toEqual(PATHS.map(() => 'l1'));
      const [, second] = await tiers(PROD, { ...env, ENABLE_MEMORY_CACHE: 'false' });
      expect(second).toEqual(
        PATHS.map((path) => (/summary|conversations|export/.test(path) ? 'l2' : 'store')),
      );
    } finally {
      await redis.close();
    }
  });

  it('what is false in Redis is a miss: the answer comes from the store and is the same', async () => {
    const redis = await RedisProcess.start();
    const env = { ENABLE_REDIS_CACHE: 'true', ENABLE_MEMORY_CACHE: 'false', REDIS_URL: redis.url };
    const { ready, kill, exit } = project.run(PROD, env);
    try {
      const base = `${await ready()}/api/taskspaces/t`;
      const { store } = JSON.parse(readFileSync(project.path('data/server.json'), 'utf8')) as {
        store: string;
      };
      const chance = choices(seeded('false values').seed, 'lies');
      for (let round = 0; round < 20; round++) {
        const whole = await fetch(`${base}/summary`).then((answer) => answer.text());
        await eventually(async () =>
          expect((await fetch(`${base}/summary`)).headers.get('x-cache')).toBe('l2'),
        );
        expect(await plantFalseValues(redis, store, chance)).toBeGreaterThan(0);
        const answer = await fetch(`${base}/summary`);
        expect([answer.headers.get('x-cache'), await answer.text()]).toEqual(['store', whole]);
        // Another state, so that there is an older value of the same key to plant.
        await send('POST', `${base}/messages`, { content: `round ${round}` });
      }
    } finally {
      kill('SIGTERM');
      await exit;
      await redis.close();
    }
  });
});

/** Each read twice on a server that has just started: which tier answered, the first and the second time. */
async function tiers(script: string, env: Record<string, string>): Promise<string[][]> {
  const { ready, kill, exit } = project.run(script, env);
  try {
    const base = `${await ready()}/api/taskspaces/t`;
    const rounds: string[][] = [];
    for (let round = 0; round < 2; round++) {
      const answers = [];
      for (const path of PATHS) answers.push(await fetch(base + path));
      const bodies = await Promise.all(answers.map((answer) => answer.text()));
      wanted ??= bodies;
      expect(bodies).toEqual(wanted);
      rounds.push(answers.map(({ headers }) => headers.get('x-cache') ?? 'none'));
    }
    return rounds;
  } finally {
    kill('SIGTERM');
    await exit;
  }
}

async function send(method: string, url: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok, await answer.text()).toBe(true);
}
