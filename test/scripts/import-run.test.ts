/**
 * `npm run import` as a process against the real server: what it writes, says, and how it ends when it is
 * killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importSource } from '../../scripts/import/import-source.js';
import type { Report } from '../../scripts/import/report.js';
import { listSources } from '../../scripts/import/source-list.js';
import { ApiError, type Client, createClient } from '../../src/client/index.js';
import { startDevServer } from '../kit/dev-server.js';
import { ownedFolder } from '../kit/owned-folder.js';
import { draftOf } from './import/draft-of.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures');

const work = ownedFolder();
let url = '';
let client: Client;

beforeAll(async () => {
  url = await startDevServer();
  client = createClient({ url });
});

afterAll(work.remove);

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'scripts/import.ts', ...args], { cwd: ROOT });
}

async function run(...args: string[]) {
  const child = start(args);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    err += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, err, lines: out.split('\n').filter((line) => line !== '') };
}

/** A fixture under another name, so that each test has a taskspace of its own. */
function source(fixture: string, name: string): string {
  const path = join(work.path, name);
  copyFileSync(join(FIXTURES, fixture), path);
  return path;
}

/** Everything about a taskspace that an import writes, without times and revisions. */
async function contentOf(id: string) {
  const { value: taskspace } = await client.taskspaces.get(id);
  const { value: plan } = await client.plan.get(id);
  const messages = await client.messages.list(id, { limit: 500 }).toArray();
  const artifacts = await client.artifacts.list(id).toArray();
  return {
    taskspace: { status: taskspace.status, data: taskspace.data, owner: taskspace.owner },
    tasks: plan.tasks.map(({ id, name, goal, result, dependencies, status }) => ({
      ...{ id, name, goal, result, dependencies, status },
    })),
    messages: messages.map(({ seq, role, content, from, parts, metadata }) => ({
      ...{ seq, role, content, from, parts, metadata },
    })),
    artifacts: artifacts.map(({ path, sha256, revision, contentType }) => ({
      path,
      sha256,
      revision,
      contentType,
    })),
  };
}

/**
 * A way to the server that lets posts of messages through, up to the `last`, which gets no answer and goes
 * nowhere.
 */
async function openGate(last: number) {
  let posts = 0;
  let reached: () => void;
  const shut = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const gate = createServer((req, res) => {
    if (req.method === 'POST' && ++posts >= last) {
      reached();
      return;
    }
    const { method, headers } = req;
    const onward = request(`${url}${req.url}`, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const { port } = gate.address() as AddressInfo;
  const close = (): Promise<void> => {
    gate.closeAllConnections();
    return new Promise((resolve) => gate.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${port}`, shut, close };
}

/** What would differ if anything had been written: the tags of the log and of the metadata. */
async function tagsOf(id: string): Promise<string | null> {
  const { headers } = await fetch(`${url}/api/taskspaces/${id}/messages?limit=1`);
  const { value, etag } = await client.taskspaces.get(id);
  return `${headers.get('ETag')} ${etag} ${value.updatedAt}`;
}

describe('npm run import', () => {
  it('brings a run onto the server, equal to its source, and changes nothing the second time', async () => {
    const path = source('greeting-fix.traj', 'Whole Run.traj');
    const first = await run(path, '--url', url, '--actor', 'Zoë');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.lines).toEqual([
      expect.stringMatching(
        /^imported +\S+Whole Run\.traj: whole-run, 5 messages, 3 tasks, 2 artifacts .*, read as recorded run$/,
      ),
      '1 imported',
    ]);

    const bytes = new Uint8Array(readFileSync(path));
    const draft = await draftOf(path);
    const found = await contentOf('whole-run');
    expect(found.taskspace).toEqual({
      status: 'completed',
      owner: 'Zoë',
      data: { source: draft.source, ...draft.data },
    });
    expect(found.messages.map(({ role, content }) => ({ role, content }))).toEqual(
      draft.messages.map(({ role, content }) => ({ role, content })),
    );
    expect(found.messages.map(({ from }) => from)).toEqual(['main', 'main', 'main', 'main', 'Zoë']);
    expect(found.tasks).toHaveLength(3);
    const raw = await client.artifacts.get('whole-run', 'source/Whole Run.traj');
    expect(Buffer.from(await raw.bytes()).equals(bytes)).toBe(true);

    const before = await tagsOf('whole-run');
    const second = await run(path, '--url', url, '--actor', 'Zoë');
    expect(second.code).toBe(0);
    expect(second.lines.at(-1)).toBe('1 unchanged');
    expect(await tagsOf('whole-run')).toBe(before);
    expect(await contentOf('whole-run')).toEqual(found);
  });

  it('reports bad sources with their reasons, imports the others, and ends with 1', async () => {
    const folder = join(work.path, 'mixed');
    mkdirSync(folder);
    for (const name of ['cut-short.traj', 'broken-line.jsonl', 'support-chat.jsonl']) {
      copyFileSync(join(FIXTURES, name), join(folder, name));
    }
    const { code, lines } = await run(folder, join(work.path, 'none'), '--url', url);
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^failed .*none: there is no such file or folder$/),
      expect.stringMatching(/^note .*broken-line\.jsonl: line 2: not JSON, left out$/),
      expect.stringMatching(/^imported .*broken-line\.jsonl: broken-line, 1 messages/),
      expect.stringMatching(/^failed .*cut-short\.traj: its form is none that is known .*--as file/),
      expect.stringMatching(/^imported .*support-chat\.jsonl: support-chat, 4 messages/),
      '2 imported, 2 failed',
    ]);
    await expect(client.taskspaces.get('cut-short')).rejects.toThrow();
  });

  it('leaves a changed source alone until --replace, which makes the taskspace anew', async () => {
    const path = source('support-chat.jsonl', 'changing.jsonl');
    await run(path, '--url', url);
    writeFileSync(path, '{"role":"user","content":"another"}\n');
    const refused = await run(path, '--url', url);
    expect(refused.code).toBe(1);
    expect(refused.lines[0]).toMatch(/^changed .*use --replace/);
    expect((await contentOf('changing')).messages).toHaveLength(4);

    const replaced = await run(path, '--url', url, '--replace');
    expect(replaced.lines.at(-1)).toBe('1 replaced');
    expect((await contentOf('changing')).messages.map(({ content }) => content)).toEqual(['another']);
  });

  it('gives the second of two sources of one name an id of its own, and touches nobody else', async () => {
    mkdirSync(join(work.path, 'other'));
    const first = source('history-only.traj', 'twins.traj');
    const second = source('gave-up.traj', 'other/Twins.traj');
    await client.taskspaces.put('by-hand', { name: 'mine' });
    const third = source('history-only.traj', 'by-hand.traj');
    for (const outcome of ['3 imported', '3 unchanged']) {
      const { code, lines } = await run(first, second, third, '--url', url, '--replace');
      expect(lines.at(-1)).toBe(outcome);
      expect(code).toBe(0);
      expect(lines.join('\n')).toMatch(/note .*Twins\.traj: the id "twins" belongs to .*twins\.traj/);
    }
    expect((await client.taskspaces.get('twins')).value.status).toBe('completed');
    const ids = (await client.taskspaces.list().toArray()).map(({ id }) => id);
    expect(ids.filter((id) => /^(twins|by-hand)/.test(id)).sort()).toEqual([
      'by-hand',
      expect.stringMatching(/^by-hand-[0-9a-f]{8}$/),
      'twins',
      expect.stringMatching(/^twins-[0-9a-f]{8}$/),
    ]);
    expect((await client.taskspaces.get('by-hand')).value).toMatchObject({ name: 'mine', revision: 1 });
  });

  it('takes a folder as artifacts, under the id that it is given', async () => {
    const folder = join(work.path, 'project');
    mkdirSync(join(folder, 'src'), { recursive: true });
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, '.git', 'HEAD'), 'ref');
    writeFileSync(join(folder, 'src', 'a b.ts'), 'export {};\n');
    writeFileSync(join(folder, 'empty.txt'), '');
    const { code, lines } = await run(folder, '--url', url, '--id', 'a-project');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^note .*left out: \.git/);
    const { artifacts, taskspace } = await contentOf('a-project');
    expect(artifacts.map(({ path, contentType }) => [path, contentType])).toEqual([
      ['empty.txt', 'text/plain'],
      ['src/a b.ts', 'text/x-typescript'],
    ]);
    expect(taskspace.data).toEqual({
      source: { folder: 'project', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('brings any form onto the server with its files, and keeps its bytes', async () => {
    const path = source('transcripts/claude-code.jsonl', 'session.JSONL');
    const { code, lines } = await run(path, '--url', url);
    expect(code).toBe(0);
    expect(lines.at(-2)).toMatch(
      /session, 7 messages, 0 tasks, 2 artifacts .*, read as Claude Code session$/,
    );
    const { messages, artifacts, taskspace } = await contentOf('session');
    expect(messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
      'system',
      'user',
    ]);
    expect(messages[0]?.metadata).toMatchObject({ at: '2025-06-14T11:00:00.000Z', cwd: '/kettle' });
    expect(artifacts.map((artifact) => artifact.path)).toEqual([
      'files/message-00001-1.png',
      'source/session.JSONL',
    ]);
    expect(taskspace.data).toMatchObject({ source: { file: 'session.JSONL' }, sessionId: 's-1' });
    const raw = await client.artifacts.get('session', 'source/session.JSONL');
    expect(Buffer.from(await raw.bytes()).equals(readFileSync(path))).toBe(true);
    expect((await run(path, '--url', url)).lines.at(-1)).toBe('1 unchanged');
  });

  it('keeps a file of no known form as it is, when it is told to', async () => {
    const path = join(work.path, 'Some notes.txt');
    writeFileSync(path, 'no transcript\n');
    const refused = await run(path, '--url', url);
    expect(refused.code).toBe(1);
    expect(refused.lines[0]).toContain(`npm run import -- '${path}' --as file`);
    const kept = await run(path, '--as', 'file', '--url', url);
    expect(kept.code).toBe(0);
    const text = await client.artifacts.get('some-notes', 'Some notes.txt');
    expect(Buffer.from(await text.bytes()).toString()).toBe('no transcript\n');
    expect((await run(path, '--as', 'file', '--url', url)).lines.at(-1)).toBe('1 unchanged');
  });

  it('writes nothing with --dry-run', async () => {
    const path = source('history-only.traj', 'dry.traj');
    const { code, lines } = await run(path, '--url', url, '--dry-run');
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe('1 imported (dry run: nothing was written)');
    await expect(client.taskspaces.get('dry')).rejects.toThrow(/not_found/);
  });

  it('says in one line what to do when there is no server, or when it was called wrongly', async () => {
    const path = source('history-only.traj', 'alone.traj');
    const nobody = await run(path, '--url', 'http://127.0.0.1:9');
    expect(nobody.code).toBe(1);
    expect(nobody.err).toMatch(
      /^http:\/\/127\.0\.0\.1:9 cannot be called \(bad port\)[^\n]*npm run prod[^\n]*\n$/,
    );
    for (const args of [
      [],
      ['--nope'],
      [path, path, '--id', 'x'],
      [path, '--id', 'X'],
      [path, '--as', 'y'],
    ]) {
      const wrong = await run(...args);
      expect(wrong.code, args.join(' ')).toBe(2);
      expect(wrong.err).toMatch(/^[^\n]+--help` explains\.\n$/);
    }
    expect((await run('--help')).code).toBe(0);
  });

  it('goes on after SIGKILL where it stopped, and is never taken for complete before', async () => {
    const count = 3_000;
    const path = join(work.path, 'long.jsonl');
    const line = (i: number) =>
      JSON.stringify({ role: i % 2 ? 'assistant' : 'user', content: `message ${i}` });
    writeFileSync(path, Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(''));
    const gate = await openGate(4);
    const child = start([path, '--url', gate.url]);
    const ended = new Promise((resolve) => child.once('close', resolve));
    await gate.shut;
    child.kill('SIGKILL');
    await ended;
    await gate.close();
    const { data: halfway, status } = (await client.taskspaces.get('long')).value;
    expect((await client.messages.list('long', { limit: 1 }).page()).value.lastSeq).toBe(1_500);
    expect({ halfway, status }).toMatchObject({ halfway: { source: { complete: false } }, status: 'draft' });

    // Idempotency keys hold for one caller and a day: under another name only the counting is left.
    const again = await run(path, '--url', url, '--actor', 'somebody-else');
    expect(again.lines.at(-1)).toBe('1 resumed');
    let i = 0;
    for await (const { seq, content } of client.messages.list('long', { limit: 500 })) {
      if (seq !== i + 1 || content !== `message ${i}`) throw new Error(`seq ${seq} has ${content}`);
      i++;
    }
    expect(i).toBe(count);
    expect((await client.taskspaces.get('long')).value.data).toEqual({
      source: { file: 'long.jsonl', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});

describe('an import that dies at any of its requests', () => {
  const SILENT: Report = {
    working: () => undefined,
    line: () => undefined,
    tally: () => undefined,
    note: () => undefined,
    end: () => true,
  };

  /** Lets `count` requests through; the next one is lost, before it is sent or with its answer. */
  function dying(count: number, lost: 'request' | 'answer'): Client {
    let left = count;
    return createClient({
      url,
      actor: 'import',
      attempts: 1,
      fetch: async (input, init) => {
        if (left-- > 0) return fetch(input, init);
        if (left === -1 && lost === 'answer') await (await fetch(input, init)).arrayBuffer();
        throw new Error('dead');
      },
    });
  }

  async function importOnce(with_: Client, path: string): Promise<void> {
    const [found] = (await listSources([path], undefined)).sources;
    if (!found) throw new Error('There is no source');
    await importSource(with_, found, { id: undefined, replace: false, dryRun: false }, new Map(), SILENT);
  }

  it.each(['request', 'answer'] as const)(
    'is completed by the next run when the %s was lost',
    async (lost) => {
      const whole = source('greeting-fix.traj', `whole-${lost}.traj`);
      await importOnce(createClient({ url, actor: 'import' }), whole);
      const expected = await contentOf(`whole-${lost}`);
      let deaths = 0;
      for (let count = 0; ; count++) {
        const name = `dies-${lost}-${count}`;
        const path = source('greeting-fix.traj', `${name}.traj`);
        const death = await importOnce(dying(count, lost), path).then(
          () => null,
          (error: unknown) => error,
        );
        if (death === null) break;
        expect(death).toBeInstanceOf(ApiError);
        deaths++;
        await importOnce(createClient({ url, actor: 'import' }), path);
        const found = JSON.stringify(await contentOf(name)).replaceAll(name, `whole-${lost}`);
        expect(JSON.parse(found), `after ${count} requests`).toEqual(expected);
      }
      // Two looks, the birth, the list, two uploads, the plan, the count, the batch, and the end's read and
      // write.
      expect(deaths).toBeGreaterThanOrEqual(9);
    },
  );
});
