import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Answer } from '../../scripts/http-request.js';
import { cacheHealth, cacheKey, cacheStats, invalidated, warmed } from '../../src/contract/cache.js';
import { changesPage } from '../../src/contract/changes.js';
import { listOf } from '../../src/contract/parameters.js';
import { exported, summary } from '../../src/contract/summary.js';
import { type Running, startServer } from './harness.js';

const DEMO = '/api/taskspaces/demo';

describe('what the real service answers', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', DEMO, { json: { name: 'Ünïcode', owner: 'ann' } });
    await server.ask('PUT', `${DEMO}/plan`, { json: { goal: 'g', tasks: [{ id: 't1', name: 'one' }] } });
    await server.ask('POST', `${DEMO}/messages`, {
      json: { messages: [{ content: 'a' }, { content: 'b' }] },
    });
    await server.ask('PUT', `${DEMO}/artifacts/a/b.txt`, { body: 'hello' });
  });

  it.each<[string, string, z.ZodType]>([
    ['GET', `${DEMO}/summary`, summary],
    ['GET', `${DEMO}/export?format=json`, exported],
    ['GET', '/api/changes', changesPage],
    ['GET', '/api/changes?since=now', changesPage],
    ['GET', '/api/cache/stats', cacheStats],
    ['GET', '/api/cache/health', cacheHealth],
    ['GET', '/api/cache/keys', listOf(cacheKey)],
    ['POST', '/api/cache/warm', warmed],
    ['POST', '/api/cache/invalidate', invalidated],
  ])('%s %s has the shape of the contract', async (method, path, schema) => {
    const answer = await server.ask(method, path, method === 'POST' ? { json: { all: true } } : {});
    expect(answer.status).toBe(200);
    expect(schema.safeParse(answer.json).error?.issues ?? []).toEqual([]);
  });

  it('a summary counts what is there, and moves with every write', async () => {
    const before = await server.ask('GET', `${DEMO}/summary`);
    expect(before.json).toMatchObject({
      id: 'demo',
      messages: { lastSeq: 2 },
      artifacts: { count: 1, bytes: 5 },
      tasks: { total: 1 },
    });
    await server.ask('POST', `${DEMO}/messages`, { json: { content: 'c' } });
    const after = await server.ask('GET', `${DEMO}/summary`, {
      headers: { 'If-None-Match': String(before.headers.etag) },
    });
    expect([after.status, after.json.messages]).toEqual([200, expect.objectContaining({ lastSeq: 3 })]);
  });

  it('an export has everything as of one commit', async () => {
    const { json } = await server.ask('GET', `${DEMO}/export?format=json`);
    expect(json).toMatchObject({
      taskspace: { id: 'demo', name: 'Ünïcode' },
      plan: { goal: 'g' },
      artifacts: [{ path: 'a/b.txt' }],
    });
    expect((json.messages as { content: string }[]).map(({ content }) => content).join('')).toMatch(/^ab/);
  });

  it('changes come once each, in order, and a position goes on where the last page ended', async () => {
    const whole = await changesOf('');
    expect(whole.items.map(({ commit }) => commit)).toEqual(whole.items.map((_item, i) => i + 1));
    const paged: unknown[] = [];
    let since = '';
    for (;;) {
      const page = await changesOf(`?limit=2${since}`);
      paged.push(...page.items);
      since = `&since=${encodeURIComponent(page.position)}`;
      if (page.items.length === 0) break;
    }
    expect(paged).toEqual(whole.items);
  });

  it('a wait for changes ends with the next write, or at once when there is one', async () => {
    const { position } = await changesOf('?since=now');
    const query = `?wait=30&since=${encodeURIComponent(position)}`;
    const waiting = changesOf(query);
    await server.ask('POST', `${DEMO}/messages`, { json: { content: 'd' } });
    expect((await waiting).items).toMatchObject([{ taskspace: 'demo', types: ['message.posted'] }]);
    expect(await changesOf(query)).toEqual(await waiting);
  });

  it('a wait for changes ends with an empty page when the worker drains', async () => {
    const other = await startServer();
    await other.ask('PUT', DEMO, { json: {} });
    const waiting = other.ask('GET', '/api/changes?wait=30&since=now');
    // Sent on another connection after it, and so a sign that the first has been taken in.
    await other.ask('GET', '/health');
    await other.drain(20_000);
    const answer = await waiting;
    expect([answer.status, answer.json.items, answer.headers.connection]).toEqual([200, [], 'close']);
  });

  it('refuses positions that are none', async () => {
    const answer = await server.ask('GET', '/api/changes?since=yesterday');
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_query']);
  });

  it('a key is listed, dropped, and gone', async () => {
    await server.ask('GET', DEMO);
    const { items } = await json<{ items: { key: string }[] }>('/api/cache/keys?pattern=detail:demo:*');
    const [first] = items;
    expect(first?.key).toMatch(/^detail:demo:/);
    const drop = `/api/cache/keys?key=${encodeURIComponent(String(first?.key))}`;
    expect((await server.ask('DELETE', drop)).status).toBe(204);
    expect((await server.ask('DELETE', drop)).status).toBe(404);
    expect((await server.ask('GET', DEMO)).headers['x-cache']).toBe('store');
  });

  async function changesOf(query: string) {
    return json<{ items: { commit: number }[]; position: string }>(`/api/changes${query}`);
  }

  async function json<T>(path: string): Promise<T> {
    const answer: Answer = await server.ask('GET', path);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.json as T;
  }
});
