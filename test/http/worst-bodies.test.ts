import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { BodyThreads } from '../../src/http/body-threads.js';
import { type Running, startServer } from './harness.js';

const MIB = 1024 * 1024;
const SPACE = '/api/taskspaces/worst';
const MESSAGES = `${SPACE}/messages`;
const PLAN = `${SPACE}/plan`;
const JSON_TYPE = { 'Content-Type': 'application/json' };

function filled(bytes: number, begin: string, item: (i: number) => string, end: string): string {
  const items: string[] = [];
  for (let i = 0, size = 0; size < bytes - 100; i++) {
    items.push(item(i));
    size += (items[i] as string).length + 1;
  }
  return begin + items.join(',') + end;
}

const HALF = MIB / 2 - 50;
/** Short enough for every endpoint; what is beyond a bound is not even looked at. */
const WORST = [
  `{"messages":[${'['.repeat(HALF)}${']'.repeat(HALF)}]}`,
  '{"a":'.repeat(MIB / 5 - 10),
  filled(MIB, '{"tasks":[{', (i) => `"k${i}":1`, '}]}'),
  filled(MIB, '{"x":[', () => '1', ']}'),
];

describe('the worst bodies', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', SPACE, { json: {} });
  });

  function send(method: string, path: string, body: string): Promise<Answer> {
    return server.ask(method, path, { body, headers: JSON_TYPE });
  }

  it.each([
    ['POST', '/api/taskspaces'],
    ['PUT', SPACE],
    ['PATCH', SPACE],
    ['PUT', PLAN],
    ['POST', `${PLAN}/tasks`],
    ['PATCH', `${PLAN}/tasks/t1`],
    ['POST', `${PLAN}/claim`],
    ['POST', `${PLAN}/tasks/t1/heartbeat`],
    ['POST', `${PLAN}/tasks/t1/release`],
    ['POST', `${PLAN}/tasks/t1/complete`],
    ['POST', `${PLAN}/tasks/t1/fail`],
    ['POST', `${SPACE}/leases/l`],
    ['POST', `${SPACE}/leases/l/renew`],
    ['POST', `${SPACE}/leases/l/release`],
    ['POST', MESSAGES],
    ['PATCH', `${SPACE}/artifacts/a.txt`],
    ['POST', '/api/cache/invalidate'],
    ['POST', '/api/cache/warm'],
  ])('of %s %s are refused before they are parsed, by this thread or another', async (method, path) => {
    const parse = vi.spyOn(JSON, 'parse');
    const check = vi.spyOn(BodyThreads.prototype, 'check');
    for (const body of WORST) {
      const answer = await send(method, path, body);
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_body']);
      expect(answer.body.length).toBeLessThan(4_000);
    }
    expect(check).not.toHaveBeenCalled();
    expect(parse.mock.calls.every(([text]) => text.length < 4_000)).toBe(true);
  });

  it('with 2.4 million dependencies are refused before they are parsed', async () => {
    const check = vi.spyOn(BodyThreads.prototype, 'check');
    const task = `{"name":"n","dependencies":[${Array.from({ length: 240 }, (_, i) => `"d${i}"`).join(',')}]}`;
    const answer = await send('PUT', PLAN, `{"tasks":[${Array(10_000).fill(task).join(',')}]}`);
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_body']);
    expect(check).not.toHaveBeenCalled();
  });

  it.each([
    ['10,000 wrong tasks', 'PUT', PLAN, { tasks: Array(10_000).fill({ nam: 1, status: 'x', agent: 5 }) }],
    ['100,000 empty tasks', 'PUT', PLAN, { tasks: Array(100_000).fill({}) }],
    ['100,000 messages', 'POST', MESSAGES, { messages: Array(100_000).fill({}) }],
    [
      '3,000 unknown members',
      'PUT',
      SPACE,
      Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i])),
    ],
  ])('%s: a refusal that stays short', async (_what, method, path, json) => {
    const answer = await send(method, path, JSON.stringify(json));
    expect(answer.status).toBe(422);
    expect((answer.json.errors as unknown[]).length).toBeLessThanOrEqual(50);
    expect(answer.body.length).toBeLessThan(20_000);
  });

  it('leave the loop to others while they are parsed and checked', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const tasks = Array.from({ length: 5_000 }, (_, i) => ({
      id: `t${i}`,
      name: `task ${i}`,
      metadata: { i, text: 'ä"' },
    }));
    const text = JSON.stringify({ goal: 'many', tasks });
    let answered = false;
    const putting = send('PUT', PLAN, text).finally(() => {
      answered = true;
    });
    let others = 0;
    while (!answered) {
      expect((await server.ask('GET', SPACE)).status).toBe(200);
      if (!answered) others++;
    }
    const put = await putting;
    const whole = parse.mock.calls.filter(([part]) => part === text);
    const tasksAlone = parse.mock.calls.filter(([part]) => part.startsWith('{"id":"t'));
    expect(put.status).toBe(200);
    expect(others).toBeGreaterThan(0);
    expect((put.json.tasks as { metadata: object }[])[4_999]?.metadata).toEqual({ i: 4_999, text: 'ä"' });
    // On this thread each task was parsed by itself, and the body never.
    expect([whole.length, tasksAlone.length]).toEqual([0, 5_000]);
  });

  it('come through the thread as they are checked: faults, defaults, members of the server', async () => {
    const messages = Array.from({ length: 500 }, (_, i) => ({
      content: `m${i}`,
      metadata: Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`k${k}`, k])),
      seq: 'ignored',
    }));
    const posted = await server.ask('POST', MESSAGES, { json: { messages } });
    expect([posted.status, (posted.json.items as unknown[]).length]).toEqual([201, 500]);
    const [first] = posted.json.items as { seq: number; metadata: object }[];
    expect(first).toMatchObject({ seq: 1, content: 'm0', metadata: { k9: 9 } });
    const wrong = await server.ask('POST', MESSAGES, {
      json: { messages: [...messages.slice(1), { role: 'ai' }] },
    });
    expect(wrong.json.errors).toEqual([
      { pointer: '/messages/499/role', detail: expect.stringContaining('Did you mean "assistant"?') },
    ]);
    const notJson = await send('POST', MESSAGES, `{"messages":[${'{},'.repeat(5_000)}`);
    expect([notJson.status, notJson.json.code]).toEqual([400, 'invalid_json']);
    const proto = await send(
      'POST',
      MESSAGES,
      `{"messages":[${'{"metadata":{"a":{"b":1}}},'.repeat(499)}{"metadata":{"__proto__":1}}], "x":[${'1,'.repeat(4_000)}1]}`,
    );
    expect([proto.status, (proto.json.errors as { pointer: string }[])[0]?.pointer]).toEqual([
      422,
      '/messages/499/metadata/__proto__',
    ]);
  });

  it('are one request under an idempotency key, however they are read', async () => {
    const json = {
      messages: Array.from({ length: 500 }, (_, i) => ({
        content: `k${i}`,
        metadata: { a: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
      })),
    };
    const headers = { 'Idempotency-Key': 'large' };
    const first = await server.ask('POST', MESSAGES, { json, headers });
    const again = await server.ask('POST', MESSAGES, { json, headers });
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.text).toBe(first.text);
    const other = await server.ask('POST', MESSAGES, { json: { messages: json.messages.slice(1) }, headers });
    expect(other.json.code).toBe('idempotency_key_reused');
  });
});
