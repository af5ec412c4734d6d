/** The calls that span taskspaces: what they ask for, and how their pages are gone through. */
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';

function recording(...bodies: unknown[]) {
  const urls: string[] = [];
  const client = createClient({
    url: 'http://server.test',
    fetch: async (input) => {
      urls.push(decodeURIComponent(String(input).replace('http://server.test', '')));
      return new Response(JSON.stringify(bodies.shift() ?? { items: [], nextCursor: null }));
    },
  });
  return { client, urls };
}

describe('calls that span taskspaces', () => {
  it('ask as the contract says', async () => {
    const { client, urls } = recording();
    await client.taskspaces
      .list({ tag: ['a', 'b'], status: ['active', 'failed'], q: 'x y', sort: 'name', include: 'summary' })
      .toArray();
    await client.taskspaces.trash({ limit: 5 }).toArray();
    await client.taskspaces.dashboard('t');
    await client.artifacts.everywhere({ owner: 'me', outdated: true, type: 'skill' }).toArray();
    await client.search({ q: '"a b" c*', type: ['task', 'message'], taskspace: 't' }).toArray();
    await client.dashboard({ owner: 'me' });
    await client.dashboard();
    await client.stats({ days: 7 });
    expect(urls).toEqual([
      '/api/taskspaces?tag=a,b&status=active,failed&q=x+y&sort=name&include=summary',
      '/api/trash?limit=5',
      '/api/taskspaces/t/dashboard',
      '/api/artifacts?owner=me&outdated=true&type=skill',
      '/api/search?q="a+b"+c*&type=task,message&taskspace=t',
      '/api/dashboard?owner=me',
      '/api/dashboard',
      '/api/stats?days=7',
    ]);
  });

  it('go through all pages with the same query', async () => {
    const { client, urls } = recording({ items: [1], nextCursor: 'c1' }, { items: [2], nextCursor: null });
    expect(await client.search({ q: 'x' }).toArray()).toEqual([1, 2]);
    expect(urls).toEqual(['/api/search?q=x', '/api/search?q=x&cursor=c1']);
  });
});
