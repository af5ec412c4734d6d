/** `npm run demo`: the same seed gives the same content, and what is there is left alone. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../scripts/demo/random.js';
import { SCENARIOS } from '../../scripts/demo/scenarios/all.js';
import { Taken, writeScenario } from '../../scripts/demo/write.js';
import { type Client, createClient } from '../../src/client/index.js';
import { startDevServer } from '../kit/dev-server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let url = '';
let client: Client;

beforeAll(async () => {
  url = await startDevServer();
  client = createClient({ url });
});

async function demo(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--url', url, ...args], {
    cwd: ROOT,
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

async function contentOf(id: string) {
  const plan = (await client.plan.get(id)).value;
  const messages = await client.messages.list(id).toArray();
  const artifacts = await client.artifacts.list(id, { deleted: true }).toArray();
  return {
    tasks: plan.tasks.map(({ id: task, status, result, error }) => ({ task, status, result, error })),
    planRevision: plan.revision,
    messages: messages.map(({ seq, from, by, role, content }) => ({ seq, from, by, role, content })),
    artifacts: artifacts.map(({ path, revision, sha256, by }) => ({ path, revision, sha256, by })),
  };
}

describe('npm run demo', () => {
  it('fills the server once, with every status of tasks and taskspaces, and shows what to look at', async () => {
    const first = await demo();
    expect(first.code).toBe(0);
    expect(first.out).toContain('10 made');
    expect(first.out.match(/curl -s /g)).toHaveLength(3);

    const taskspaces = await client.taskspaces.list({ limit: 100 }).toArray();
    expect(taskspaces).toHaveLength(10);
    const statuses = new Set(taskspaces.map(({ status }) => status));
    expect([...statuses].sort()).toEqual(['active', 'archived', 'completed', 'draft', 'failed']);
    const plans = await Promise.all(taskspaces.map(async ({ id }) => (await client.plan.get(id)).value));
    const tasks = new Set(plans.flatMap((plan) => plan.tasks.map(({ status }) => status)));
    expect([...tasks].sort()).toEqual(['cancelled', 'completed', 'failed', 'in_progress', 'pending']);
    expect(plans.some(({ progress }) => progress.halted)).toBe(true);

    const revisions = taskspaces.map(({ id, updatedAt, revision }) => [id, updatedAt, revision]);
    const second = await demo();
    expect(second.out).toContain('10 unchanged');
    const after = await client.taskspaces.list({ limit: 100 }).toArray();
    expect(after.map(({ id, updatedAt, revision }) => [id, updatedAt, revision])).toEqual(revisions);
  });

  it('follows every look that it recommends', async () => {
    const { out } = await demo();
    for (const [, target] of out.matchAll(/curl -s '([^']+)'/g)) {
      const response = await fetch(target ?? '');
      expect(response.status, target).toBe(200);
      expect((await response.text()).length).toBeGreaterThan(100);
    }
  });

  it('recommends nothing of what is not there', async () => {
    const { code, out } = await demo('--url', `${url}/nope`);
    expect(code).toBe(1);
    expect(out).toContain('failed');
    expect(out).not.toContain('Look at');
  });

  it('ends with 2 when it is called wrongly', async () => {
    expect((await demo('--taskspaces', '0')).code).toBe(2);
  });
});

describe('a demo taskspace', () => {
  const [make] = SCENARIOS;
  const scenario = make(createRandom('7'));

  it('depends on the seed alone', () => {
    for (const each of SCENARIOS) {
      expect(each(createRandom('a'))).toEqual(each(createRandom('a')));
      expect(each(createRandom('a'))).not.toEqual(each(createRandom('b')));
    }
  });

  it('is completed by the next run, wherever the first one died', async () => {
    await writeScenario(
      (actor) => createClient({ url, actor }),
      'whole',
      scenario,
      7,
      () => undefined,
    );
    const expected = await contentOf('whole');
    for (const lost of ['request', 'answer'] as const) {
      for (let count = 0; count < 40; count += 3) {
        const id = `dies-${lost}-${count}`;
        let left = count;
        const dying = async (input: string | URL | Request, init?: RequestInit) => {
          if (left-- > 0) return fetch(input, init);
          if (left === -1 && lost === 'answer') await (await fetch(input, init)).arrayBuffer();
          throw new Error('dead');
        };
        const clientOf = (actor: string) => createClient({ url, actor, attempts: 1, fetch: dying });
        const death = await writeScenario(clientOf, id, scenario, 7, () => undefined).catch((error) => error);
        const outcome = await writeScenario(
          (actor) => createClient({ url, actor }),
          id,
          scenario,
          7,
          () => undefined,
        );
        if (death instanceof Error) expect(['made', 'resumed', 'unchanged']).toContain(outcome);
        else expect(outcome).toBe('unchanged');
        expect(await contentOf(id), id).toEqual(expected);
      }
    }
  });

  it('never takes over a taskspace of somebody else', async () => {
    await client.taskspaces.put('mine', { name: 'mine' });
    const write = writeScenario(
      (actor) => createClient({ url, actor }),
      'mine',
      scenario,
      7,
      () => undefined,
    );
    await expect(write).rejects.toThrow(Taken);
    expect((await client.taskspaces.get('mine')).value.revision).toBe(1);
  });
});
