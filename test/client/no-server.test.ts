import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { ApiError, createClient } from '../../src/client/index.js';
import { problemOf } from '../../src/client/problem.js';
import { needsBuild } from '../kit/built.js';

needsBuild();

const ROOT = new URL('../..', import.meta.url).pathname;

/** An address at which nothing listens. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiError) return error;
  throw error ?? new Error('It did not fail');
}

async function follow(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _item of items);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('without a server', () => {
  it('a call fails at its first attempt, and says that nothing has happened', async () => {
    const url = await nowhere();
    const client = createClient({ url });
    for (const call of [
      client.taskspaces.get('t'),
      client.messages.post('t', { content: 'x' }),
      client.taskspaces.put('t', {}, { ifMatch: '"1"' }),
      client.artifacts.put('t', 'a', 'x'),
    ]) {
      const error = await failure(call);
      expect(error).toMatchObject({ code: 'unreachable', status: 0, attempts: 1, mayHaveHappened: false });
      expect(error.message).toBe(
        `unreachable: There is no server at ${url} (ECONNREFUSED). Nothing was sent, so nothing has happened.`,
      );
    }
  });

  it('a server that has answered before is waited for; one that was lost in between may have done it', async () => {
    const refused = (): Error =>
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    const cut = (): Error =>
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
    const replies: (Response | Error)[] = [];
    const client = createClient({
      url: 'http://server.test',
      firstDelayMs: 1,
      fetch: async () => {
        const reply = replies.shift();
        if (reply instanceof Error) throw reply;
        return reply ?? new Response('{}', { headers: { 'Content-Type': 'application/json' } });
      },
    });
    await client.plan.get('t');
    replies.push(refused(), refused());
    expect((await client.taskspaces.delete('t')).attempts).toBe(3);
    replies.push(...Array.from({ length: 8 }, refused));
    expect(await failure(client.taskspaces.delete('t'))).toMatchObject({
      attempts: 8,
      mayHaveHappened: false,
    });
    replies.push(cut());
    expect(await failure(client.taskspaces.delete('t'))).toMatchObject({
      attempts: 1,
      mayHaveHappened: true,
    });
    replies.push(cut(), ...Array.from({ length: 7 }, refused));
    expect(await failure(client.messages.post('t', {}))).toMatchObject({
      attempts: 8,
      mayHaveHappened: true,
    });
  });

  it.each([
    ['a plain server that is called over TLS', (url: string) => url.replace('http:', 'https:')],
    ['a port that fetch refuses', () => 'http://127.0.0.1:9'],
    ['a proxy that redirects', (url: string) => `${url}/redirected`],
  ])('%s is called once, and nothing has happened', async (_what, urlOf) => {
    const server = createHttpServer((_req, res) => res.writeHead(301, { Location: '/elsewhere' }).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = urlOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const client = createClient({ url });
    for (const call of [
      () => client.taskspaces.get('t'),
      () => client.messages.post('t', { content: 'x' }),
      () => client.taskspaces.delete('t'),
      () => client.plan.claimLoop('t', { agent: 'a' }, () => undefined),
      () => follow(client.messages.follow('t')),
      () => follow(client.events.follow()),
    ]) {
      const error = await failure(call());
      expect(error).toMatchObject({ code: 'unreachable', status: 0, attempts: 1, mayHaveHappened: false });
      expect(error.detail.startsWith(url)).toBe(true);
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it('a call that may have happened before stays so, whatever its repetition meets', async () => {
    const failures = ['ECONNRESET', 'CERT_HAS_EXPIRED'];
    const client = createClient({
      url: 'https://server.test',
      firstDelayMs: 1,
      fetch: async () => {
        throw new TypeError('fetch failed', {
          cause: Object.assign(new Error('x'), { code: failures.shift() }),
        });
      },
    });
    expect(await failure(client.messages.post('t', { content: 'x' }))).toMatchObject({
      attempts: 2,
      mayHaveHappened: true,
    });
  });

  it.each(['foo', 'ftp://127.0.0.1', 'http://me:secret@127.0.0.1', 'http://', ''])(
    'no client is made for %j',
    (url) => {
      expect(() => createClient({ url })).toThrow(TypeError);
      expect(() => createClient({ url })).toThrow(/^The url of a server /);
    },
  );

  it('what follows says so at once when there never was one, and waits for one that was there', async () => {
    const url = await nowhere();
    const client = createClient({ url });
    for (const loop of [
      client.messages.follow('t'),
      client.messages.follow('t', { after: 'now' }),
      client.events.of('t'),
      client.events.of('t', { since: 0 }),
      client.events.follow(),
      client.events.follow({ since: 'x' }),
    ])
      expect((await failure(follow(loop))).detail).toContain(`There is no server at ${url} (ECONNREFUSED)`);

    let answers = 1;
    const known = createClient({
      url: 'http://server.test',
      fetch: async () => {
        if (answers-- > 0) return new Response('{}', { headers: { 'Content-Type': 'application/json' } });
        throw new TypeError('fetch failed', {
          cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
        });
      },
    });
    await known.taskspaces.get('t');
    const stop = new AbortController();
    const onTrouble = vi.fn(() => stop.abort());
    await follow(known.events.of('t', { since: 0, signal: stop.signal, onTrouble }));
    expect(onTrouble).toHaveBeenCalledOnce();
  });

  it.each(['follow.mjs', 'two-agents.mjs'])(
    '%s says in one line that an address is none',
    async (example) => {
      for (const url of ['foo', 'ftp://127.0.0.1']) {
        const { code, stdout, stderr } = await run(process.execPath, [`examples/${example}`], {
          TASKSPACE_URL: url,
        });
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(/^The url of a server [^\n]*\n$/);
      }
    },
  );

  it.each([
    ['import', ['--import', 'tsx', 'scripts/import.ts', 'examples', '--url']],
    ['demo', ['--import', 'tsx', 'scripts/demo.ts', '--url']],
    ['follow', ['examples/follow.mjs', 'some']],
    ['two agents', ['examples/two-agents.mjs']],
    ['two agents that go on', ['examples/two-agents.mjs', 'some']],
  ])('%s says so in one line and exits with 1', async (_name, args) => {
    const url = await nowhere();
    const ended = await run(process.execPath, args.at(-1) === '--url' ? [...args, url] : args, {
      TASKSPACE_URL: url,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`There is no server at ${url}`);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('the agent in a shell does as well', async () => {
    const url = await nowhere();
    const ended = await run('bash', ['examples/shell-agent.sh'], { TASKSPACE_URL: url });
    // 69: curl or jq is missing, which it says first.
    expect([1, 69]).toContain(ended.code);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('an ApiError', () => {
  const error = new ApiError({
    status: 422,
    code: 'invalid_body',
    detail: `The body has\nthe wrong shape. ${'x'.repeat(5_000)}`,
    errors: Array.from({ length: 50 }, (_, i) => ({
      pointer: `/tasks/${i}/name`,
      detail: 'This member is required.',
    })),
    problem: { code: 'invalid_body', errors: Array(50).fill({ pointer: '/x', detail: 'y' }) },
    requestId: 'r-1',
    worker: 2,
  });

  it('prints in at most five lines, with the first faults and the request', () => {
    const lines = inspect(error).split('\n');
    expect(lines.length).toBeLessThanOrEqual(5);
    expect(lines.every((line) => line.length < 700)).toBe(true);
    expect(inspect(error)).toContain('/tasks/0/name: This member is required.');
    expect(inspect(error)).toContain('and 48 more in .errors');
    expect(inspect(error)).toContain('request r-1');
    expect(error.message).not.toContain('\n');
  });

  it('prints what others have written without line ends and commands of a terminal in it', () => {
    const odd = new ApiError({
      ...{ status: 409, code: 'already_exists', detail: 'one\u0085two\u000bthree\u001b[2Jfour\u2028five' },
      errors: [{ pointer: '/a\nb', detail: '\u009b2Jc' }],
    });
    expect(inspect(odd).split('\n').slice(0, 2)).toEqual([
      'ApiError: already_exists: one two three [2Jfour five',
      '  /a b:  2Jc',
    ]);
    expect(odd.message).toBe('already_exists: one two three [2Jfour five');
  });

  it('prints whatever something else than a server has put into a problem', async () => {
    const errors = [
      null,
      'x',
      7,
      { pointer: '/a' },
      { pointer: 1, detail: 'b' },
      { pointer: '/c', detail: 'd' },
    ];
    const headers = { 'Content-Type': 'application/problem+json' };
    const problem = { code: 'invalid_body', detail: { a: 1 }, errors };
    const error = await problemOf(new Response(JSON.stringify(problem), { status: 422, headers }));
    expect(inspect(error)).toMatch(/^ApiError: invalid_body: .*\n {2}\/c: d\n/);
    expect(error.errors).toEqual([{ pointer: '/c', detail: 'd' }]);
  });

  it('is as short in the cause of another error', () => {
    const outer = new Error('outer', { cause: new Error('between', { cause: error }) });
    const lines = inspect(outer).split('\n');
    const inner = lines.slice(lines.findIndex((line) => line.includes('[cause]: ApiError')));
    // The last lines close the errors around it.
    expect(inner.length).toBeLessThanOrEqual(5 + 2);
    expect(inner.join('\n')).toContain('and 48 more in .errors');
  });

  it('is as short where it is thrown and not caught, with what was behind it in words', () => {
    const caused = new ApiError({ status: 0, code: 'unreachable', detail: 'No.' }, undefined, {
      cause: new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    });
    expect(inspect(caused, { customInspect: false }).split('\n').length).toBeLessThanOrEqual(7);
    expect(caused.cause).toBe('TypeError: fetch failed: Error: connect ECONNREFUSED');
    expect(caused.after({ attempts: 2, mayHaveHappened: false }).cause).toBe(caused.cause);
    expect(error.stack?.split('\n').length).toBeLessThanOrEqual(5);
    expect(String(caused)).toBe('ApiError: unreachable: No.');
  });
});
