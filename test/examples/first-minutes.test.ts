/**
 * README's first five minutes, taken from README itself and pasted into bash as a new user does: once, and
 * again.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/index.js';
import { needsBuild } from '../kit/built.js';
import { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';

needsBuild();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const folder = ownedFolder();
let cluster: Cluster;
let client: Client;
let url: string;

beforeAll(async () => {
  cluster = await Cluster.start({ dataDir: folder.path, workers: 2 });
  url = `http://127.0.0.1:${cluster.port}`;
  client = createClient({ url });
});

afterAll(async () => {
  await cluster.end();
  folder.remove();
});

function block(): string {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
  const found = /^## The first five minutes$[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(readme)?.[1];
  if (found === undefined) throw new Error('README has no block of the first five minutes');
  return found;
}

/**
 * The block against the test's own server, its agents in a hurry; ended by Ctrl-C once it shows what is
 * waited for.
 */
async function paste(...shown: RegExp[]): Promise<{ out: string; err: string }> {
  const commands = block()
    .replaceAll('http://127.0.0.1:7770', url)
    .replace(/"seconds":\d+/g, '"seconds":0.1');
  const env = { ...process.env, TASKSPACE_URL: url };
  // With a socket as its input, bash takes itself for a remote shell and reads the system's settings.
  const bash = spawn('bash', ['--norc', '-eu', '-o', 'pipefail', '-c', commands], {
    cwd: ROOT,
    env,
    detached: true,
  });
  const run = { out: '', err: '' };
  bash.stdout.on('data', (chunk) => {
    run.out += String(chunk);
  });
  bash.stderr.on('data', (chunk) => {
    run.err += String(chunk);
  });
  const ended = new Promise((resolve) => bash.once('close', resolve));
  try {
    await eventually(() => {
      for (const each of shown) expect(run.out + run.err).toMatch(each);
    });
  } finally {
    if (bash.pid !== undefined) process.kill(-bash.pid, 'SIGINT');
  }
  await ended;
  return run;
}

it('is eight commands, each on a line of its own, that need curl and node alone', () => {
  const lines = block().trimEnd().split('\n');
  expect(lines).toHaveLength(8);
  expect(lines.map((line) => /^(U=|curl|echo|node)/.test(line))).toEqual(Array(8).fill(true));
  expect(block()).not.toMatch(/jq|--json|!/);
});

it('ends with something to see, and does nothing twice and undoes nothing when it is pasted again', async () => {
  // Seen as it happens, or by a terminal that came later than the agents ended. Of a step seen late, the
  // progress beside it is that of now: the last step itself is waited for.
  const first = await paste(/now\n/, /100 % {2}3 of 3 done/, /task completed fix "Fix it"/);
  expect(first.err).toBe('');
  expect(first.out).not.toContain('/problems/');
  expect(first.out).toMatch(/fix-dates {2}Fix the date parser/);
  expect(first.out).toMatch(/ann +Weeks that span two years come out wrong/);
  expect(first.out).toMatch(/(ada|bert) +task claimed fix "Fix it"/);
  expect(first.out).toMatch(/100 % {2}3 of 3 done/);
  const past = first.out.slice(first.out.indexOf('before\n'));
  const lines = past.split('\n').filter((line) => /"(Write a failing test|Fix it)" is done/.test(line));
  expect(lines).toHaveLength(2);

  await client.taskspaces.patch('fix-dates', { description: 'Changed meanwhile.', status: 'completed' });
  await client.tasks.add('fix-dates', { id: 'release', name: 'Release it', agent: 'ann' });
  await client.artifacts.put('fix-dates', 'notes/notes.md', 'Changed meanwhile.');
  await client.plan.claim('fix-dates', { agent: 'ann' });
  const before = await everything();
  const second = await paste(/now\n/);
  expect(second.err).toBe('');
  expect(second.out).toMatch(/75 % {2}3 of 4 done, 1 in progress\n {2}ann works on release/);
  expect(await everything()).toEqual(before);
});

async function everything() {
  const { value: taskspace } = await client.taskspaces.get('fix-dates');
  const { value: summary } = await client.taskspaces.summary('fix-dates');
  return { taskspace, summary, ids: (await client.taskspaces.list().toArray()).map(({ id }) => id) };
}
