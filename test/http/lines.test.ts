/**
 * Answers as whoever reads text by lines gets them: a newline at the end of JSON, and none that is none of
 * ours.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onFiles, type Running, startTwo } from './harness.js';

const BASE = '/api/taskspaces/demo';
const ODD = 'a\u2028b\u2029c\u0085d';
/** Raw, these end a line for Python, JavaScript's older readers, and editors. */
const RAW_LINE_ENDS = /[\u0085\u2028\u2029]/;

describe('lines', () => {
  let server: Running;
  let other: Running;
  let dataDir: string;

  beforeAll(async () => {
    ({ one: server, two: other, dataDir } = await startTwo());
    await server.ask('PUT', BASE, { json: { name: `signs ${ODD}`, owner: ODD.slice(0, 3) } });
    await server.ask('POST', `${BASE}/messages`, { json: { content: ODD, from: 'x\u2028y' } });
    await server.ask('PUT', `${BASE}/plan`, { json: { tasks: [{ id: 't', name: 't' }] } });
    await server.ask('PUT', `${BASE}/artifacts/a.md`, { body: 'x' });
  });

  it.each(
    [
      ...[
        '',
        '/plan',
        '/plan/tasks/t',
        '/plan/ready',
        '/messages',
        '/messages/1',
        '/conversations',
        '/summary',
      ],
      ...['/artifacts', '/artifacts/a.md?meta=true', '/revisions/a.md', '/dashboard', '/export?format=json'],
      ...[
        '/leases',
        '/history',
        '/messages?after=9',
        '/messages?after=0&wait=1',
        '?commit=99',
        '/artifacts/none',
      ],
    ]
      .map((path) => `${BASE}${path}`)
      .concat(
        [
          '/api/taskspaces',
          '/api/search?q=signs',
          '/api/artifacts',
          '/api/dashboard',
          '/api/stats',
          '/api/changes',
        ],
        ['/api/trash', '/api/cache/stats', '/api/cache/health', '/api/cache/keys', '/health', '/ready'],
        ['/openapi.json', '/problems/not_found', '/nowhere', '/api/taskspaces?nonsense=1'],
      ),
  )('%s ends with one newline, counted and tagged', async (path) => {
    const answer = await server.ask('GET', path);
    expect(answer.headers['content-type']).toMatch(/json/);
    expect(answer.text.slice(-2)).toMatch(/[^\n]\n/);
    JSON.parse(answer.text);
    if (answer.headers['content-length'] !== undefined)
      expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
    const { etag } = answer.headers;
    const again = await server.ask('GET', path, {
      headers: etag === undefined ? {} : { 'If-None-Match': etag },
    });
    expect(again.status).toBe(etag === undefined ? answer.status : 304);
    if (etag === undefined) return;
    const head = await server.ask('HEAD', path.replace('&wait=1', ''));
    expect(head.headers['content-length']).toBe(answer.headers['content-length']);
    // From another worker, and by the path that is not hot.
    const elsewhere = await other.ask('GET', path, { headers: { Origin: `http://localhost:${other.port}` } });
    if (elsewhere.status === 200) expect(elsewhere.text).toBe(answer.text);
  });

  it.each(['!!!', '…', '"', '-', '\u0301'])(
    '?q=%s, in which is nothing to look for, lists nothing',
    async (q) => {
      const list = await server.ask('GET', `/api/taskspaces?q=${encodeURIComponent(q)}`);
      expect(list.json).toEqual({ items: [], nextCursor: null });
      const search = await server.ask('GET', `/api/search?q=${encodeURIComponent(q)}`);
      expect(search.json).toEqual({ items: [], nextCursor: null });
      expect((await server.ask('GET', '/api/taskspaces?q=')).json.items).toHaveLength(1);
    },
  );

  it('end answers to writes and requests that are none', async () => {
    const post = await server.ask('POST', `${BASE}/messages`, {
      json: { content: 'x' },
      headers: { 'Idempotency-Key': 'k' },
    });
    expect(post.text.endsWith('}\n')).toBe(true);
    expect(
      (
        await server.ask('POST', `${BASE}/messages`, {
          json: { content: 'x' },
          headers: { 'Idempotency-Key': 'k' },
        })
      ).text,
    ).toBe(post.text);
    expect((await server.ask('PATCH', BASE, { json: { nonsense: 1 } })).text.endsWith('}\n')).toBe(true);
    expect((await server.raw('nonsense\r\n\r\n')).endsWith('}\n')).toBe(true);
  });

  it('of journals, the feed and streams hold no sign that some take for an end', async (test) => {
    onFiles(test, 'the bytes of a journal');
    const journal = readFileSync(join(dataDir, 'taskspaces/demo/journal.jsonl'), 'utf8');
    expect(journal).not.toMatch(RAW_LINE_ENDS);
    expect(journal).toContain('a\\u2028b\\u2029c\\u0085d');
    const { json } = await other.ask('GET', `${BASE}/messages?from=${encodeURIComponent('x\u2028y')}`);
    expect((json.items as { content: string }[])[0]?.content).toBe(ODD);
    const changes = (await server.ask('GET', '/api/changes')).text;
    expect(JSON.parse(changes)).toMatchObject({ items: expect.any(Array) });
  });
});
