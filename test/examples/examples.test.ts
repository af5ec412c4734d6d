/** The examples against the server as people start it: they do what their heads say, and end. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/index.js';
import { needsBuild } from '../kit/built.js';
import { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';

needsBuild();

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

const folder = ownedFolder();
let cluster: Cluster;
let client: Client;
let url: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  cluster = await Cluster.start({ dataDir: folder.path, workers: 2 });
  url = `http://127.0.0.1:${cluster.port}`;
  client = createClient({ url, actor: 'test' });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await cluster.end();
  folder.remove();
});

function start(program: string, ...args: string[]) {
  const [command, first] = program.endsWith('.sh')
    ? ['bash', [join(EXAMPLES, program)]]
    : [process.execPath, [join(EXAMPLES, program)]];
  const child = spawn(command, [...first, ...args], { env: { ...process.env, TASKSPACE_URL: url } });
  children.push(child);
  const run = { child, out: '', err: '', ended: ended(child) };
  child.stdout.on('data', (chunk) => {
    run.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    run.err += String(chunk);
  });
  return run;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}

/** Without jq the shell example can't be tried; where everything has to be, that is a failure. */
function hasJq(): boolean {
  if (spawnSync('sh', ['-c', 'command -v jq']).status === 0) return true;
  const notice = 'jq is missing: examples/shell-agent.sh was NOT tried. Install jq.';
  if (process.env.CI === 'true') throw new Error(notice);
  process.stderr.write(`\n${notice}\n\n`);
  return false;
}

describe('examples/two-agents.mjs', () => {
  it('does the whole plan, each task once, by both', async () => {
    const run = start('two-agents.mjs');
    expect([await run.ended, run.err]).toEqual([0, '']);
    const id = /made (\S+) with 5 tasks/.exec(run.out)?.[1] ?? '';
    const { value: plan } = await client.plan.get(id);
    expect(plan.tasks.map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(5).fill(['completed', 1]),
    );
    expect(run.out).toMatch(/ada +has done "/);
    expect(run.out).toMatch(/bert +has done "/);
    expect(run.out).toContain(`100 % of ${id}`);
    const paths = (await client.artifacts.list(id).toArray()).map(({ path }) => path);
    expect(paths).toEqual(
      ['collect', 'compare', 'read-a', 'read-b', 'write'].map((name) => `results/${name}.md`),
    );
  });

  it('gives back what it has in hand at Ctrl-C, and goes on when it is run again', async () => {
    const first = start('two-agents.mjs');
    await eventually(() => expect(first.out).toContain('begins'));
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(1);
    const id = /made (\S+) with/.exec(first.out)?.[1] ?? '';
    expect((await client.plan.get(id)).value.tasks.map(({ claim }) => claim)).toEqual(Array(5).fill(null));
    const second = start('two-agents.mjs', id);
    expect(await second.ended).toBe(0);
    expect((await client.plan.get(id)).value.progress).toMatchObject({ completed: 5 });
  });
});

describe('examples/follow.mjs', () => {
  it('shows what happens, as it happens, and ends with Ctrl-C', async () => {
    await client.taskspaces.create({ id: 'shown', name: 'To be shown' });
    const run = start('follow.mjs', 'shown', '--all');
    await eventually(() => expect(run.out).toContain('Following "To be shown" (shown)'));
    await client.tasks.add('shown', { id: 'cook', name: 'Cook' });
    await eventually(() => expect(run.out).toContain('task added cook'));
    await client.plan.claim('shown', { agent: 'chef' });
    await eventually(() => expect(run.out).toContain('task claimed cook'));
    await client.messages.postBatch('shown', [
      { content: 'Two \u001b[31mlines\nof text', from: 'ann' },
      { content: 'For you', from: 'ann', to: 'bob' },
    ]);
    await client.artifacts.put('shown', 'menu.md', '# Menu');
    await eventually(() => expect(run.out).toContain('artifact written menu.md'));
    expect(run.out.split('\n').map((line) => line.replace(/^[\d:]{8} +/, ''))).toEqual([
      'Following "To be shown" (shown); Ctrl-C ends.',
      'test          made it',
      'test          task added cook "Cook"  ░░░░░░░░░░░░░░░░ 0 %  0 of 1 done',
      'test          task claimed cook "Cook"  ░░░░░░░░░░░░░░░░ 0 %  0 of 1 done, 1 in progress',
      'ann           Two  [31mlines of text',
      'ann → bob     For you',
      'test          artifact written menu.md',
      '',
    ]);
    run.child.kill('SIGINT');
    expect([await run.ended, run.err]).toEqual([0, '']);
  });

  it('shows the whole server when it is given no taskspace: how far plans are, what was last, what happens', async () => {
    await client.taskspaces.put('kitchen', { name: 'Kitchen' });
    await client.plan.put('kitchen', {
      goal: '',
      tasks: [
        { id: 'wash', name: 'Wash up', status: 'completed' },
        { id: 'dry', name: 'Dry' },
      ],
    });
    await client.plan.claim('kitchen', { agent: 'dishwasher' });
    const run = start('follow.mjs');
    await eventually(() => expect(run.out).toContain('now\n'));
    expect(run.out).toMatch(
      / {2}kitchen {2}Kitchen\n {2}█{8}░{8} 50 % {2}1 of 2 done, 1 in progress\n {2}dishwasher works on dry\n/,
    );
    expect(run.out).toMatch(/kitchen +test +task claimed dry "Dry"\n/);
    await client.messages.post('kitchen', { content: 'All clean?', from: 'ann' });
    await client.taskspaces.create({ id: 'garden', name: 'Garden' });
    await client.tasks.patch('kitchen', 'wash', { name: 'Wash it again' });
    await eventually(() =>
      expect(run.out).toMatch(/task changed wash "Wash it again" \(completed\) {2}█{8}/),
    );
    expect(run.out).toMatch(/kitchen +ann +All clean\?\n[^\n]*garden +test +made it\n/);
    run.child.kill('SIGINT');
    expect([await run.ended, run.err]).toEqual([0, '']);
  });

  it('says how it is called when it was called wrongly', async () => {
    for (const args of [['--nope'], ['--all'], ['a', 'b']]) {
      const run = start('follow.mjs', ...args);
      expect([await run.ended, run.err]).toEqual([
        2,
        'Usage: node examples/follow.mjs [taskspace] [--all]\n',
      ]);
    }
  });

  it('ends when the taskspace is deleted, and says so when there is none', async () => {
    await client.taskspaces.create({ id: 'short' });
    const run = start('follow.mjs', 'short');
    await eventually(async () => {
      await client.messages.post('short', { content: 'Anybody there?' });
      expect(run.out).toContain('Anybody there?');
    });
    await client.taskspaces.delete('short');
    expect(await run.ended).toBe(0);
    expect(run.out).toMatch(/The taskspace is deleted\.\n$/);
    const none = start('follow.mjs', 'short');
    expect(await none.ended).toBe(1);
    expect(none.err).toMatch(/^not_found: /);
  });
});

describe('examples/shell-agent.sh', () => {
  it.skipIf(!hasJq())('does its plan, and hears what is answered', async () => {
    const run = start('shell-agent.sh');
    expect([await run.ended, run.err]).toEqual([0, '']);
    expect(run.out).toContain('reviewer  Well done.');
    expect(run.out).toContain('100 % done: 3 of 3 tasks');
    const id = /made (\S+)/.exec(run.out)?.[1] ?? '';
    const { value: plan } = await client.plan.get(id);
    expect(plan.tasks.map(({ result }) => result)).toEqual([
      { text: 'done with Look around' },
      { text: 'done with Try it' },
      { text: 'done with Tell the others' },
    ]);
    // Claimed, renewed at least once, finished: the task of four seconds has outlived its first third.
    expect(plan.tasks[1]?.revision).toBeGreaterThan(3);
  });

  it.skipIf(!hasJq())('says what the server refuses, and fails', async () => {
    const run = start('shell-agent.sh');
    await eventually(() => expect(run.out).toContain('claimed'));
    const id = /made (\S+)/.exec(run.out)?.[1] ?? '';
    await client.taskspaces.delete(id);
    expect(await run.ended).not.toBe(0);
    expect(run.err).toContain('not_found');
  });
});
