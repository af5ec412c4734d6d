import { beforeAll, describe, expect, it } from 'vitest';
import { type Running, startServer } from './harness.js';

const MESSAGES = '/api/taskspaces/demo/messages';

describe('queries', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
    const messages = [
      { content: 'a' },
      { content: 'b', conversation: 'c:1', to: 'x y' },
      { content: 'c', role: 'tool' },
    ];
    await server.ask('POST', MESSAGES, { json: { messages } });
  });

  it.each([
    'nothing=1',
    'Limit=1',
    'limit=1&limit=1',
    'limit=&limit=1',
    'limit=0',
    'limit=501',
    'limit=1.0',
    'limit=+1',
    'limit=1e2',
    'limit=0x1',
    'limit=-1',
    'limit=%31x',
    'limit=99999999999999999999',
    'limit=%zz',
    '%ff=1',
    'order=up',
    'role=robot',
    'after=x',
    'conversation=a%20b',
    '__proto__=1',
    'wait=31',
  ])('?%s is refused', async (query) => {
    const answer = await server.ask('GET', `${MESSAGES}?${query}`);
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_query']);
  });

  it('are refused by calls that take none, writes too', async () => {
    for (const [method, path] of [
      ['GET', '/api/taskspaces/demo'],
      ['PUT', '/api/taskspaces/demo'],
      ['DELETE', '/api/taskspaces/demo'],
      ['GET', '/health'],
    ] as const) {
      expect([method, path, (await server.ask(method, `${path}?a=1`)).status]).toEqual([method, path, 400]);
    }
  });

  it('have typed values, decoded once; empty ones are absent', async () => {
    const contents = async (query: string) => {
      const answer = await server.ask('GET', `${MESSAGES}?${query}`);
      expect([query, answer.status]).toEqual([query, 200]);
      return (answer.json.items as { content: string }[]).map(({ content }) => content).join('');
    };
    expect(await contents('')).toBe('abc');
    expect(await contents('limit=&order=&role=&&after')).toBe('abc');
    expect(await contents('limit=2')).toBe('ab');
    expect(await contents('order=desc&%6Cimit=1')).toBe('c');
    expect(await contents('conversation=c%3A1')).toBe('b');
    expect(await contents('to=x+y&role=user')).toBe('ab');
    expect(await contents('after=1&before=3')).toBe('b');
  });

  it('page with cursors that only fit their list', async () => {
    const first = await server.ask('GET', `${MESSAGES}?limit=2`);
    const cursor = encodeURIComponent(String(first.json.nextCursor));
    const second = await server.ask('GET', `${MESSAGES}?limit=2&cursor=${cursor}`);
    expect(second.json).toMatchObject({ items: [{ content: 'c' }], nextCursor: null, lastSeq: 3 });
    for (const query of [`cursor=${cursor}&order=desc`, 'cursor=x']) {
      const answer = await server.ask('GET', `${MESSAGES}?${query}`);
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_cursor']);
    }
  });
});
