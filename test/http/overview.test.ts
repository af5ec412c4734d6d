import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  dashboard,
  deletedTaskspace,
  hit,
  listedTaskspace,
  placedArtifact,
  stats,
  taskspaceDashboard,
} from '../../src/contract/overview.js';
import { listOf } from '../../src/contract/parameters.js';
import { type Running, startServer } from './harness.js';

const SPACES = '/api/taskspaces';
const ANN = { 'X-Actor': 'ann' };
const BOB = { 'X-Actor': 'bob' };

let server: Running;

beforeAll(async () => {
  server = await startServer();
  const make = (id: string, headers: Record<string, string>, body: object) =>
    server.ask('PUT', `${SPACES}/${id}`, { headers, json: body });
  await make('fix-dates', ANN, {
    name: 'Fix the Date parser',
    tags: ['bug', 'python'],
    data: { ticket: 'T-77' },
  });
  await make('add-search', ANN, { name: 'Añade búsqueda', tags: ['python'], status: 'completed' });
  await make('notes', BOB, { name: 'apple notes', tags: ['bug'] });
  await make('old', BOB, { name: 'Old things' });
  await server.ask('DELETE', `${SPACES}/old`);
  await server.ask('PUT', `${SPACES}/fix-dates/plan`, {
    json: {
      tasks: [
        { id: 'reproduce', name: 'Reproduce', status: 'completed' },
        { id: 'fix', name: 'Fix parse_iso_week', dependencies: ['reproduce'] },
        { id: 'ask', name: 'Ask', status: 'failed', onFailure: 'escalate_to_user' },
      ],
    },
  });
  await server.ask('POST', `${SPACES}/fix-dates/plan/claim`, { json: { agent: 'a1' } });
  await server.ask('POST', `${SPACES}/fix-dates/messages`, {
    headers: ANN,
    json: { content: 'The <b>parser</b> fails on 2026-W53' },
  });
  const put = (id: string, path: string, metadata: object, body: string) =>
    server.ask('PUT', `${SPACES}/${id}/artifacts/${path}`, {
      headers: { 'Content-Type': 'text/plain', 'X-Metadata': encodeURIComponent(JSON.stringify(metadata)) },
      body,
    });
  await put('fix-dates', 'src/parser.py', { type: 'code', localModified: true }, 'def parse(): pass');
  await put(
    'fix-dates',
    'README.md',
    { type: 'doc', deployedVersion: 1, upstreamVersion: 2 },
    'How to parse',
  );
  await put('notes', 'src/x.txt', {}, 'nothing');
});

describe('GET /api/taskspaces', () => {
  it.each([
    ['', ['notes', 'add-search', 'fix-dates']],
    ['order=asc', ['fix-dates', 'add-search', 'notes']],
    ['sort=createdAt', ['notes', 'add-search', 'fix-dates']],
    ['sort=name', ['notes', 'add-search', 'fix-dates']],
    ['sort=name&order=desc', ['fix-dates', 'add-search', 'notes']],
    ['sort=id', ['add-search', 'fix-dates', 'notes']],
    ['sort=id&order=desc', ['notes', 'fix-dates', 'add-search']],
    ['owner=ann', ['add-search', 'fix-dates']],
    ['owner=nobody', []],
    ['status=active', ['notes', 'fix-dates']],
    ['status=active,completed&owner=ann', ['add-search', 'fix-dates']],
    ['tag=python', ['add-search', 'fix-dates']],
    ['tag=python,bug', ['fix-dates']],
    ['q=fix', ['fix-dates']],
    ['q=DAT%20fi', ['fix-dates']],
    ['q=busq', ['add-search']],
    ['q=fix-da', ['fix-dates']],
    ['q=ate', []],
    ['q=&owner=', ['notes', 'add-search', 'fix-dates']],
    ['q=a&tag=python&status=completed&sort=name', ['add-search']],
  ])('?%s', async (query, ids) => {
    const list = await ok(`${SPACES}?${query}`, listOf(listedTaskspace));
    expect(list.items.map(({ id }) => id)).toEqual(ids);
    expect(list.nextCursor).toBe(null);
  });

  it('shows what a single read shows, with the summary when it is asked for', async () => {
    const single = (await server.ask('GET', `${SPACES}/fix-dates`)).json;
    const summary = (await server.ask('GET', `${SPACES}/fix-dates/summary`)).json;
    const list = await server.ask('GET', `${SPACES}?q=fix`);
    expect(list.json.items).toEqual([single]);
    const whole = await server.ask('GET', `${SPACES}?q=fix&include=summary`);
    expect(whole.json.items).toEqual([{ ...single, summary }]);
  });

  it.each(['updatedAt', 'createdAt', 'name', 'id'])('pages by %s with cursors of its own', async (sort) => {
    const all = await ok(`${SPACES}?sort=${sort}`, listOf(listedTaskspace));
    const ids: string[] = [];
    let cursor: string | null = '';
    do {
      const page: { items: { id: string }[]; nextCursor: string | null } = await ok(
        `${SPACES}?sort=${sort}&limit=1&cursor=${cursor}`,
        listOf(listedTaskspace),
      );
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(ids).toEqual(all.items.map(({ id }) => id));
    const { nextCursor } = await ok(`${SPACES}?sort=${sort}&limit=1`, listOf(listedTaskspace));
    for (const other of ['owner=ann', 'order=asc', 'order=desc', 'tag=a', 'status=active', 'q=a']) {
      if (other === `order=${sort === 'name' || sort === 'id' ? 'asc' : 'desc'}`) continue;
      expect(await code(`${SPACES}?sort=${sort}&cursor=${nextCursor}&${other}`)).toBe('400 invalid_cursor');
    }
  });

  it.each([
    ...['sort=size', 'order=up', 'status=done', 'status=active,', 'tag=a,,b', `tag=${'x'.repeat(65)}`],
    ...['include=all', 'include=summary,plan', `owner=${'x'.repeat(129)}`, `q=${'x'.repeat(501)}`, 'limit=0'],
    ...['limit=501', 'name=x', 'owner=a&owner=b', 'owner=%0a'],
  ])('refuses ?%s', async (query) => {
    expect(await code(`${SPACES}?${query}`)).toBe('400 invalid_query');
  });

  it('answers 304 as long as nothing in it has changed, and comes from the cache', async () => {
    const path = `${SPACES}?owner=bob`;
    const { etag } = (await server.ask('GET', path)).headers;
    const headers = { 'If-None-Match': String(etag) };
    expect((await server.ask('GET', path, { headers })).status).toBe(304);
    await server.ask('POST', `${SPACES}/notes/messages`, { json: { content: 'x' } });
    expect((await server.ask('GET', path, { headers })).status).toBe(304);
    await server.ask('PATCH', `${SPACES}/notes`, { json: { description: String(Math.random()) } });
    expect((await server.ask('GET', path, { headers })).status).toBe(200);
  });
});

describe('GET /api/artifacts', () => {
  it.each([
    ['', ['fix-dates/README.md', 'fix-dates/src/parser.py', 'notes/src/x.txt']],
    ['owner=bob', ['notes/src/x.txt']],
    ['taskspace=fix-dates', ['fix-dates/README.md', 'fix-dates/src/parser.py']],
    ['taskspace=old', []],
    ['type=code', ['fix-dates/src/parser.py']],
    ['type=code,doc', ['fix-dates/README.md', 'fix-dates/src/parser.py']],
    ['outdated=true', ['fix-dates/README.md']],
    ['modified=true', ['fix-dates/src/parser.py']],
    ['modified=true&outdated=true', []],
    ['modified=false', ['fix-dates/README.md', 'fix-dates/src/parser.py', 'notes/src/x.txt']],
    ['prefix=src/', ['fix-dates/src/parser.py', 'notes/src/x.txt']],
    ['prefix=src/&owner=ann&type=code&modified=true', ['fix-dates/src/parser.py']],
  ])('?%s', async (query, found) => {
    const list = await ok(`/api/artifacts?${query}`, listOf(placedArtifact));
    expect(list.items.map(({ taskspace, path }) => `${taskspace}/${path}`)).toEqual(found);
  });

  it('shows what a single read shows, and pages', async () => {
    const single = (await server.ask('GET', `${SPACES}/notes/artifacts/src/x.txt?meta=true`)).json;
    const first = await server.ask('GET', '/api/artifacts?limit=2');
    const rest = await server.ask('GET', `/api/artifacts?limit=2&cursor=${first.json.nextCursor}`);
    expect(rest.json).toEqual({ items: [{ taskspace: 'notes', ...single }], nextCursor: null });
    expect(await code(`/api/artifacts?owner=ann&cursor=${first.json.nextCursor}`)).toBe('400 invalid_cursor');
  });

  it.each(['outdated=1', 'modified=yes', 'taskspace=UP', 'deleted=true', 'limit=x'])(
    'refuses ?%s',
    async (query) => {
      expect(await code(`/api/artifacts?${query}`)).toBe('400 invalid_query');
    },
  );
});

describe('GET /api/trash', () => {
  it('has what was deleted, and until when', async () => {
    const { items } = await ok('/api/trash', listOf(deletedTaskspace));
    expect(items).toEqual([
      {
        ...{ id: 'old', name: 'Old things', owner: 'bob' },
        ...{ deletedAt: expect.any(String), purgeAt: expect.any(String), bytes: expect.any(Number) },
      },
    ]);
    const [item] = items;
    expect(Date.parse(item?.purgeAt ?? '') - Date.parse(item?.deletedAt ?? '')).toBe(7 * 86_400_000);
    expect(await code('/api/trash?owner=bob')).toBe('400 invalid_query');
  });
});

describe('GET /api/search', () => {
  it.each([
    ['q=parser', ['message 1', 'artifact src/parser.py', 'taskspace fix-dates'].sort()],
    ['q=T-77', ['taskspace fix-dates']],
    ['q=iso_week', ['task fix']],
    ['q=busqueda', ['taskspace add-search']],
    ['q=parse&type=artifact', ['artifact README.md', 'artifact src/parser.py']],
    ['q=apple&owner=bob', ['taskspace notes']],
    ['q=apple&owner=ann', []],
    ['q=nothing&taskspace=notes', ['artifact src/x.txt']],
    ['q=things', []],
    ['q=%22', []],
  ])('?%s', async (query, found) => {
    const { items } = await ok(`/api/search?${query}`, listOf(hit));
    expect(items.map(({ type, ref }) => `${type} ${ref}`).sort()).toEqual(found);
  });

  it('escapes snippets, and pages', async () => {
    const { items } = await ok('/api/search?q=w53', listOf(hit));
    expect(items[0]).toMatchObject({
      snippet: 'The &lt;b&gt;parser&lt;/b&gt; fails on 2026-<mark>W53</mark>',
      title: 'ann',
    });
    const first = await ok('/api/search?q=parser&limit=1', listOf(hit));
    const next = await ok(`/api/search?q=parser&limit=1&cursor=${first.nextCursor}`, listOf(hit));
    expect(next.items[0]?.score).toBeLessThan(first.items[0]?.score ?? 0);
    expect(await code(`/api/search?q=other&cursor=${first.nextCursor}`)).toBe('400 invalid_cursor');
    const forged = JSON.parse(Buffer.from(String(first.nextCursor), 'base64url').toString()) as [
      string,
      unknown,
    ];
    for (const place of [[-1e9, 1, 1], [0.5, 1, 1], [0, 1], 'x', [0, 1, -5]]) {
      const cursor = Buffer.from(JSON.stringify([forged[0], place])).toString('base64url');
      expect(await code(`/api/search?q=parser&cursor=${cursor}`)).toBe('400 invalid_cursor');
    }
  });

  it.each([
    '',
    'q=',
    `q=${'x'.repeat(501)}`,
    'q=x&type=file',
    'q=x&type=task,',
    'q=x&taskspace=A',
    'q=%ff',
    'q=x&sort=id',
  ])('refuses ?%s', async (query) => {
    expect(await code(`/api/search?${query}`)).toBe('400 invalid_query');
  });

  it('counts characters, not bytes', async () => {
    expect(await code(`/api/search?q=${encodeURIComponent('🎉'.repeat(500))}`)).toBe('200 undefined');
  });
});

describe('dashboards and stats', () => {
  it('of everybody', async () => {
    const found = await ok('/api/dashboard', dashboard);
    expect(found).toMatchObject({
      owner: null,
      taskspaces: { total: 3, draft: 0, active: 2, completed: 1, failed: 0, archived: 0 },
      tasks: { total: 3, completed: 1, failed: 1, inProgress: 1, percent: 33, halted: false },
      claims: [{ taskspace: 'fix-dates', task: 'fix', agent: 'a1' }],
      escalations: [{ taskspace: 'fix-dates', task: 'ask', name: 'Ask', error: null }],
      storage: { artifactBytes: 36, storedBytes: 36 },
    });
    expect(found.newest.map(({ id }) => id)).toEqual(['notes', 'add-search', 'fix-dates']);
    const times = found.activity.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(found.activity.length).toBeGreaterThanOrEqual(9);
    expect(found.activity.some(({ taskspace }) => taskspace === 'old')).toBe(false);
    expect(found.storage.catalogBytes).toBeGreaterThan(0);
  });

  it('of an owner', async () => {
    const found = await ok('/api/dashboard?owner=bob', dashboard);
    expect(found).toMatchObject({ owner: 'bob', taskspaces: { total: 1 }, tasks: { total: 0, percent: 0 } });
    expect(found.activity.every(({ taskspace }) => taskspace === 'notes')).toBe(true);
    expect(await ok('/api/dashboard?owner=nobody', dashboard)).toMatchObject({
      taskspaces: { total: 0 },
      activity: [],
    });
  });

  it('of one taskspace', async () => {
    const found = await ok(`${SPACES}/fix-dates/dashboard`, taskspaceDashboard);
    expect(found.taskspace).toEqual((await server.ask('GET', `${SPACES}/fix-dates`)).json);
    expect(found.summary).toEqual((await server.ask('GET', `${SPACES}/fix-dates/summary`)).json);
    expect(found.activity[0]?.commit).toBe(found.summary.commit);
    expect(found.claims).toHaveLength(1);
    expect(found.escalations).toHaveLength(1);
    expect(await code(`${SPACES}/nobody/dashboard`)).toBe('404 not_found');
    expect(await code(`${SPACES}/fix-dates/dashboard?owner=ann`)).toBe('400 invalid_query');
  });

  it('as stats, with every day', async () => {
    const found = await ok('/api/stats?days=3', stats);
    expect(found).toMatchObject({
      ...{ owner: null, taskspaces: 3, artifacts: 3, revisions: 3, tasks: 3, bytes: 36 },
      byStatus: { active: 2, completed: 1 },
      tasksByStatus: { completed: 1, failed: 1, in_progress: 1, pending: 0, cancelled: 0 },
      completionRate: 1 / 3,
    });
    expect(found.days).toHaveLength(3);
    expect(found.days[0]).toMatchObject({
      taskspaces: 0,
      messages: 0,
      revisions: 0,
      tasksCompleted: 0,
      bytes: 0,
    });
    const sum = found.days.reduce((all, { taskspaces, revisions }) => all + taskspaces + revisions, 0);
    expect(sum).toBe(6);
    expect((await ok('/api/stats?owner=nobody', stats)).days).toHaveLength(30);
    for (const query of ['days=0', 'days=367', 'days=x', 'from=1'])
      expect(await code(`/api/stats?${query}`)).toBe('400 invalid_query');
  });
});

describe('/openapi.json', () => {
  it('says which parameters are lists between commas, and which is needed', async () => {
    const { paths } = (await server.ask('GET', '/openapi.json')).json as {
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
    };
    const of = (path: string, name: string) =>
      paths[path]?.get.parameters.find((parameter) => parameter.name === name);
    expect(of('/api/search', 'q')).toMatchObject({
      required: true,
      schema: { minLength: 1, maxLength: 500 },
    });
    expect(of('/api/taskspaces', 'status')).toMatchObject({
      ...{ required: false, style: 'form', explode: false },
      schema: { type: 'array', items: { enum: ['draft', 'active', 'completed', 'failed', 'archived'] } },
    });
    expect(of('/api/stats', 'days')).toMatchObject({ required: false, schema: { minimum: 1, maximum: 366 } });
  });
});

describe('without SQLite', () => {
  it('lists by id, serves single taskspaces, and says what to do about the rest', async () => {
    const bare = await startServer({ drivers: [() => null] });
    for (const id of ['b', 'a', 'c']) await bare.ask('PUT', `${SPACES}/${id}`, { json: {} });
    const ids: string[] = [];
    for (let cursor: unknown = ''; cursor !== null; ) {
      const page = (await bare.ask('GET', `${SPACES}?sort=id&limit=2&cursor=${cursor}`)).json;
      ids.push(...(page.items as { id: string }[]).map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(ids).toEqual(['a', 'b', 'c']);
    expect((await bare.ask('GET', `${SPACES}/a/dashboard`)).status).toBe(200);
    for (const path of [
      SPACES,
      `${SPACES}?sort=id&owner=x`,
      '/api/artifacts',
      '/api/trash',
      '/api/search?q=x',
      '/api/dashboard',
      '/api/stats',
    ]) {
      const answer = await bare.ask('GET', path);
      expect([path, answer.status, answer.json.code]).toEqual([path, 503, 'catalog_unavailable']);
      expect(answer.json.detail).toContain('npm install better-sqlite3');
    }
  });
});

async function ok<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  const answer = await server.ask('GET', path);
  expect([path, answer.status]).toEqual([path, 200]);
  expect(answer.headers.etag).toMatch(/^"/);
  expect(answer.headers['x-cache']).toMatch(/^(l1|store)$/);
  return schema.parse(answer.json);
}

async function code(path: string): Promise<string> {
  const answer = await server.ask('GET', path);
  return `${answer.status} ${answer.json.code}`;
}
