/**
 * Generated taskspaces of `npm run demo`: the same for the same seed, over HTTP and straight into a data
 * folder.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDemoArguments } from '../../scripts/demo/arguments.js';
import { crowdMember } from '../../scripts/demo/crowd/member.js';
import { writeCrowd } from '../../scripts/demo/crowd/write.js';
import { writeInto } from '../../scripts/demo/into.js';
import { UsageError } from '../../scripts/import/arguments.js';
import { type Client, createClient } from '../../src/client/index.js';
import { verifyTaskspace } from '../../src/store/files/verify.js';
import { startDevServer } from '../kit/dev-server.js';
import { ownedFolder } from '../kit/owned-folder.js';
import { MAIN, ServerProcess } from '../kit/server-process.js';

const SHAPE = { seed: 5, owners: 6, messages: 4, artifacts: 3 };
const quiet = () => undefined;

function membersTo(count: number) {
  return Array.from({ length: count }, (_, i) => crowdMember(i, SHAPE));
}

describe('a generated taskspace', () => {
  it('depends on seed and index alone, and has an id of its own', () => {
    expect(membersTo(50)).toEqual(membersTo(50));
    expect(crowdMember(3, SHAPE)).not.toEqual(crowdMember(3, { ...SHAPE, seed: 6 }));
    const ids = membersTo(500).map(({ slug }) => slug);
    expect(new Set(ids).size).toBe(500);
    expect(ids.filter((id) => !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(id))).toEqual([]);
  });

  it('varies in everything that lists and dashboards tell apart', () => {
    const all = Array.from({ length: 1000 }, (_, i) => crowdMember(i, SHAPE));
    const artifacts = all.flatMap((one) =>
      one.artifacts.map((artifact) => artifact.revisions[0]?.metadata ?? {}),
    );
    const tasks = all.flatMap((one) => one.tasks);
    expect(new Set(all.map(({ status }) => status)).size).toBe(5);
    expect(new Set(tasks.map(({ status }) => status)).size).toBe(5);
    expect(tasks.some(({ onFailure }) => onFailure === 'escalate_to_user')).toBe(true);
    expect(new Set(all.map(({ owner }) => owner)).size).toBe(SHAPE.owners);
    expect(new Set(artifacts.map(({ type }) => type))).toEqual(
      new Set(['skill', 'command', 'agent', undefined]),
    );
    expect(artifacts.some(({ localModified }) => localModified === true)).toBe(true);
    const typed = artifacts.filter(({ type }) => type !== undefined);
    const outdated = typed.filter((one) => one.deployedVersion !== one.upstreamVersion).length / typed.length;
    expect(outdated).toBeGreaterThan(0.2);
    expect(outdated).toBeLessThan(0.4);
  });

  it('has as many messages and artifacts as wanted, on average', () => {
    const all = Array.from({ length: 2000 }, (_, i) =>
      crowdMember(i, { ...SHAPE, messages: 10, artifacts: 1 }),
    );
    const messages = all.reduce((sum, one) => sum + one.messages.length, 0);
    expect(messages / all.length).toBeGreaterThan(9.7);
    expect(messages / all.length).toBeLessThan(10.3);
    expect(all.every(({ artifacts }) => artifacts.length === 1)).toBe(true);
  });
});

describe('the command line', () => {
  it('takes every figure within its bounds, and refuses a server beside a folder', () => {
    const options = readDemoArguments(['--taskspaces', '100000', '--messages', '10', '--artifacts', '1']);
    expect(options).toMatchObject({
      taskspaces: 100_000,
      crowd: { seed: 1, owners: 2000, messages: 10, artifacts: 1 },
    });
    expect(() => readDemoArguments(['--taskspaces', '1000001'])).toThrow(UsageError);
    expect(() => readDemoArguments(['--owners', '0'])).toThrow(UsageError);
    expect(() => readDemoArguments(['--into', '/x', '--url', 'http://127.0.0.1:1'])).toThrow(UsageError);
  });
});

describe('generated taskspaces', () => {
  const other = ownedFolder();
  let client: Client;
  let url = '';

  beforeAll(async () => {
    url = await startDevServer();
    client = createClient({ url });
  });

  afterAll(other.remove);

  async function contentOf(id: string) {
    const { tasks } = (await client.plan.get(id)).value;
    const messages = await client.messages.list(id).toArray();
    const artifacts = await client.artifacts.list(id).toArray();
    const { name, owner, status, tags } = (await client.taskspaces.get(id)).value;
    return {
      ...{ name, owner, status, tags: [...tags].sort() },
      tasks: tasks.map(({ id: task, status: state, dependencies }) => ({ task, state, dependencies })),
      messages: messages.map(({ from, role, conversation, content }) => ({
        from,
        role,
        conversation,
        content,
      })),
      artifacts: artifacts.map(({ path, sha256, revision, contentType, metadata }) => ({
        ...{ path, sha256, revision, contentType, metadata },
      })),
    };
  }

  it('are on the server after one run; a second run changes nothing', async () => {
    const first = await writeCrowd(client, SHAPE.seed, membersTo(30), quiet);
    expect(first).toEqual({ written: { made: 30, resumed: 0, unchanged: 0 }, taken: [] });
    const one = membersTo(30)[7];
    expect(await contentOf(one?.slug ?? '')).toMatchObject({ name: one?.name, owner: one?.owner });
    const second = await writeCrowd(client, SHAPE.seed, membersTo(30), quiet);
    expect(second.written).toEqual({ made: 0, resumed: 0, unchanged: 30 });
  });

  it('are completed by the next run, wherever the first one died, and nothing is there twice', async () => {
    const shape = { ...SHAPE, seed: 77 };
    const members = Array.from({ length: 2 }, (_, i) => crowdMember(i, shape));
    await writeCrowd(client, 77, members, quiet);
    const expected = await Promise.all(members.map(({ slug }) => contentOf(slug)));
    for (let count = 0; count < 14; count++) {
      const died = members.map((member) => ({ ...member, slug: `${member.slug}-d${count}` }));
      let left = count;
      const dying = async (input: string | URL | Request, init?: RequestInit) => {
        if (left-- > 0) return fetch(input, init);
        if (count % 2 === 0) await (await fetch(input, init)).arrayBuffer();
        throw new Error('dead');
      };
      await writeCrowd(createClient({ url, attempts: 1, fetch: dying }), 77, died, quiet).catch(
        () => undefined,
      );
      await writeCrowd(client, 77, died, quiet);
      expect(await Promise.all(died.map(({ slug }) => contentOf(slug))), `${count}`).toEqual(expected);
    }
  });

  it('leave a taskspace of somebody else alone', async () => {
    const [member] = Array.from({ length: 1 }, () => crowdMember(0, { ...SHAPE, seed: 78 }));
    if (!member) throw new Error('no member');
    await client.taskspaces.put(member.slug, { name: 'mine' });
    const { taken } = await writeCrowd(client, 78, [member], quiet);
    expect(taken).toEqual([member.slug]);
    expect((await client.taskspaces.get(member.slug)).value.name).toBe('mine');
  });

  it('hold the same when they are written into a data folder, which verifies clean and is served', async () => {
    expect(await writeInto(other.path, SHAPE.seed, membersTo(20), quiet)).toEqual({ made: 20, unchanged: 0 });
    const kept = membersTo(20).map(({ slug }) => slug);
    for (const id of kept) expect((await verifyTaskspace(other.path, id)).findings, id).toEqual([]);
    const journal = () =>
      readFileSync(join(other.path, 'taskspaces', kept[3] ?? '', 'journal.jsonl'), 'utf8');
    const before = journal();
    rmSync(join(other.path, 'taskspaces', kept[3] ?? ''), { recursive: true });
    expect(await writeInto(other.path, SHAPE.seed, membersTo(20), quiet)).toEqual({ made: 1, unchanged: 19 });
    expect(journal()).toBe(before);

    const expected = await Promise.all(kept.map(contentOf));
    const second = new ServerProcess(MAIN, ['dev'], { DATA_DIR: other.path, LOG_LEVEL: 'warn' });
    const here = client;
    try {
      client = createClient({ url: await second.ready() });
      await expect(writeInto(other.path, SHAPE.seed, [], quiet)).rejects.toThrow('in use');
      expect(await Promise.all(kept.map(contentOf))).toEqual(expected);
    } finally {
      client = here;
      await second.end();
    }
  });
});
