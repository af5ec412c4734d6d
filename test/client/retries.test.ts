import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  ApiError,
  type Client,
  createClient,
  type WriteOptions,
} from '../../src/client/index.js';

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}
type Reply = Response | Error;

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ status, code, detail: `It is ${code}.`, currentRevision: 7 }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

function ok(value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json', ...headers } });
}

/** A client of a server that gives these replies, one after the other. */
function scripted(...replies: Reply[]) {
  const sent: Sent[] = [];
  const client = createClient({
    url: 'http://server.test/',
    actor: 'Zoë/1',
    firstDelayMs: 1,
    fetch: async (input, init) => {
      sent.push({ method: init?.method ?? 'GET', url: String(input), headers: new Headers(init?.headers) });
      const reply = replies.shift();
      if (reply === undefined) throw new Error('The script has no more replies');
      if (reply instanceof Error) throw reply;
      return reply;
    },
  });
  return { client, sent };
}

const gone = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('It did not fail');
}

describe('a call whose connection broke', () => {
  it('is repeated with the same idempotency key when it is a POST', async () => {
    const { client, sent } = scripted(gone(), gone(), ok({ seq: 1 }, { 'Idempotency-Replayed': 'true' }));
    const answer = await client.messages.post('t', { content: 'x' });
    expect(answer).toMatchObject({ value: { seq: 1 }, replayed: true, attempts: 3 });
    const keys = sent.map(({ headers }) => headers.get('Idempotency-Key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
  });

  const WRITES: [string, (client: Client, precondition: WriteOptions) => Promise<Answer<unknown>>][] = [
    ['PATCH', (client, options) => client.taskspaces.patch('t', { name: 'x' }, options)],
    ['PUT', (client, options) => client.plan.put('t', { goal: 'mine', tasks: [] }, options)],
    ['DELETE', (client, options) => client.taskspaces.delete('t', options)],
  ];

  it.each(WRITES)(
    'is not repeated when it is a %s without If-Match, which others may have followed, and says that it may have happened',
    async (_method, write) => {
      const { client, sent } = scripted(gone(), ok({}));
      const error = await failure(write(client, {}));
      expect(error).toMatchObject({ status: 0, code: 'unreachable', attempts: 1, mayHaveHappened: true });
      expect(sent).toHaveLength(1);
    },
  );

  it.each(WRITES)('is repeated when it is a %s with If-Match', async (_method, write) => {
    const { client } = scripted(gone(), ok({}));
    expect((await write(client, { ifMatch: '"1"' })).attempts).toBe(2);
  });

  it('gives up after eight attempts and says so', async () => {
    const { client, sent } = scripted(...Array.from({ length: 8 }, gone), ok({}));
    const error = await failure(client.plan.get('t'));
    expect(error.message).toBe('unreachable: No answer from http://server.test: ECONNRESET. (tried 8 times)');
    expect(error.mayHaveHappened).toBe(false);
    expect(sent).toHaveLength(8);
  });

  it('leaves it open whether a PUT has happened when its repetition is refused', async () => {
    const { client } = scripted(gone(), problem(412, 'precondition_failed', { ETag: '"7-aaaaaaaa"' }));
    const error = await failure(client.taskspaces.put('t', {}, { ifNoneMatch: '*' }));
    expect(error).toMatchObject({ code: 'precondition_failed', attempts: 2, mayHaveHappened: true });
    expect(error.etag).toBe('"7-aaaaaaaa"');
    expect(error.problem.currentRevision).toBe(7);
  });

  it('knows that a POST has not happened when its repetition under the key is refused', async () => {
    const { client } = scripted(gone(), problem(404, 'not_found'));
    const error = await failure(client.messages.post('t', {}));
    expect(error).toMatchObject({ code: 'not_found', attempts: 2, mayHaveHappened: false });
  });

  it('never sends a stream a second time', async () => {
    const { client, sent } = scripted(gone(), ok({}));
    const error = await failure(client.artifacts.put('t', 'a', new Blob(['x']).stream()));
    expect(error.mayHaveHappened).toBe(true);
    expect(sent).toHaveLength(1);
  });

  it('makes the stream anew when it is given a function', async () => {
    let made = 0;
    const { client } = scripted(gone(), ok({ revision: 1 }));
    const body = () => {
      made++;
      return new Blob(['x']).stream() as ReadableStream<Uint8Array>;
    };
    expect((await client.artifacts.put('t', 'a', body, { ifNoneMatch: '*' })).value.revision).toBe(1);
    expect(made).toBe(2);
  });
});

describe('an answer of 503', () => {
  it('is tried again for every call when nothing has happened', async () => {
    const { client } = scripted(problem(503, 'overloaded'), problem(429, 'rate_limited'), ok({}));
    expect((await client.taskspaces.patch('t', { name: 'x' })).attempts).toBe(3);
  });

  it('is tried again after outcome_unknown only if that cannot do it twice', async () => {
    const first = scripted(problem(503, 'outcome_unknown'), ok({}));
    expect((await first.client.taskspaces.put('t', {}, { ifNoneMatch: '*' })).attempts).toBe(2);
    const second = scripted(problem(503, 'outcome_unknown'), ok({}));
    const error = await failure(second.client.taskspaces.patch('t', { name: 'x' }));
    expect(error).toMatchObject({ code: 'outcome_unknown', attempts: 1, mayHaveHappened: true });
    expect(error.message).toContain('may have happened');
  });

  it('is final when the server asks for more patience than a client has', async () => {
    const { client, sent } = scripted(problem(503, 'overloaded', { 'Retry-After': '60' }), ok({}));
    expect(await failure(client.plan.put('t', { tasks: [] }))).toMatchObject({
      code: 'overloaded',
      retryAfterSeconds: 60,
      mayHaveHappened: false,
    });
    expect(sent).toHaveLength(1);
  });
});

describe('a call that may take its time', () => {
  afterEach(() => void vi.useRealTimers());

  /** Replies as they are due, each after so many seconds; null = never. */
  function slow(...replies: (Response | null)[]) {
    vi.useFakeTimers();
    const begun = performance.now();
    const sent: { readonly at: number; readonly key: string | null; readonly body: unknown }[] = [];
    const client = createClient({
      url: 'http://server.test',
      fetch: async (_input, { headers, signal, body } = {}) => {
        const at = Math.floor((performance.now() - begun) / 1000);
        sent.push({ at, key: new Headers(headers).get('Idempotency-Key'), body });
        const reply = replies.shift();
        if (reply) return reply;
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
    });
    return { client, sent };
  }

  it.each(['overloaded', 'not_ready', 'store_unavailable', 'catalog_behind', 'outcome_unknown'])(
    'is not sent again before the server wants it: %s',
    async (code) => {
      const { client, sent } = slow(problem(503, code, { 'Retry-After': '3' }), ok({ seq: 1 }));
      const posted = client.messages.post('t', {});
      await vi.advanceTimersByTimeAsync(3_000);
      expect(sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(200);
      expect((await posted).attempts).toBe(2);
    },
  );

  it('is a broken one after its time limit and the seconds it waits, and is repeated with its key', async () => {
    const { client, sent } = slow(null, ok({ task: {}, lease: {} }));
    const claimed = client.plan.claim('t', { agent: 'me', wait: 30 });
    await vi.advanceTimersByTimeAsync(91_000);
    expect((await claimed).attempts).toBe(2);
    expect(sent.map(({ at }) => at)).toEqual([0, 90]);
    expect(sent[0]).toEqual({ ...sent[1], at: 0 });
    expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  it('ends with its signal, under way and between two attempts', async () => {
    const first = slow(null);
    const underWay = new AbortController();
    const call = first.client.plan.claim('t', { agent: 'me', wait: 30 }, { signal: underWay.signal });
    underWay.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');

    const second = slow(problem(503, 'overloaded', { 'Retry-After': '9' }), ok({}));
    const between = new AbortController();
    const resting = second.client.plan.get('t', { signal: between.signal });
    setTimeout(() => between.abort(new Error('enough')), 1_000);
    const refused = expect(resting).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(1_000);
    await refused;
    expect(second.sent).toHaveLength(1);
  });
});

describe('a 503 that does not end by itself', () => {
  it.each(['read_only', 'catalog_unavailable'])('is final: %s', async (code) => {
    const { client, sent } = scripted(problem(503, code), ok({}));
    expect(await failure(client.taskspaces.list().page())).toMatchObject({ code, mayHaveHappened: false });
    expect(sent).toHaveLength(1);
  });
});

describe('other answers', () => {
  it('are not repeated when the server refuses', async () => {
    const { client, sent } = scripted(problem(422, 'invalid_body'));
    expect(await failure(client.taskspaces.create({ id: 't' }))).toMatchObject({ status: 422, attempts: 1 });
    expect(sent).toHaveLength(1);
  });

  it('that are not of this contract are told from a problem', async () => {
    const { client } = scripted(new Response('<h1>Hello</h1>', { status: 200 }));
    expect((await failure(client.plan.get('t'))).code).toBe('unexpected_answer');
    const { client: other } = scripted(new Response('<h1>Gone</h1>', { status: 410 }));
    expect(await failure(other.plan.get('t'))).toMatchObject({ status: 410, code: 'unexpected_answer' });
  });

  it('are not waited for once the signal says so', async () => {
    const { client, sent } = scripted(gone(), ok({}));
    const reason = new Error('enough');
    const promise = client.taskspaces.get('t', { signal: AbortSignal.abort(reason) });
    await expect(promise).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });
});

describe('the URL and headers of a call', () => {
  it('are percent-encoded segment by segment, names as UTF-8', async () => {
    const { client, sent } = scripted(ok({}), ok({ items: [], nextCursor: null }));
    await client.artifacts.put('t', 'a b/ü?#%/c', 'x', { message: 'Größe', metadata: { k: 'ä' } });
    await client.artifacts.list('t', { prefix: 'a b&c', limit: 5 }).toArray();
    expect(sent.map(({ url }) => url)).toEqual([
      'http://server.test/api/taskspaces/t/artifacts/a%20b/%C3%BC%3F%23%25/c',
      'http://server.test/api/taskspaces/t/artifacts?prefix=a+b%26c&limit=5',
    ]);
    const headers = sent[0]?.headers;
    expect(headers?.get('X-Actor')).toBe('Zo%C3%AB%2F1');
    expect(headers?.get('X-Message')).toBe('Gr%C3%B6%C3%9Fe');
    expect(decodeURIComponent(headers?.get('X-Metadata') ?? '')).toBe('{"k":"ä"}');
    expect(headers?.get('Content-Type')).toBeNull();
  });

  it('never leave the taskspace: dot segments are refused before anything is sent', async () => {
    const { client, sent } = scripted();
    for (const path of ['..', 'a/../../../other', './a', 'a//b', 'a/', '']) {
      await expect(client.artifacts.get('t', path), path).rejects.toThrow(/not allowed; nothing was sent/);
      await expect(client.artifacts.revisions('t', path).page(), path).rejects.toThrow(ApiError);
    }
    await expect(client.taskspaces.delete('..')).rejects.toThrow(ApiError);
    expect(sent).toHaveLength(0);
  });
});
