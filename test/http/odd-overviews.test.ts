import { describe, expect, it } from 'vitest';
import { startServer } from './harness.js';

const SPACES = '/api/taskspaces';

describe('what spans taskspaces, on odd input', () => {
  it('never takes an owner called * for everybody, in whatever order they are asked', async () => {
    const odd = await startServer({ env: { ENABLE_MEMORY_CACHE: 'true' } });
    await odd.ask('PUT', `${SPACES}/star`, { json: { owner: '*' } });
    await odd.ask('PUT', `${SPACES}/other`, { json: { owner: 'ann' } });
    const total = async (path: string) => {
      const { owner, taskspaces } = (await odd.ask('GET', path)).json;
      return [owner, typeof taskspaces === 'object' ? Reflect.get(Object(taskspaces), 'total') : taskspaces];
    };
    for (const what of ['dashboard', 'stats']) {
      for (let round = 0; round < 2; round++) {
        expect(await total(`/api/${what}?owner=*`)).toEqual(['*', 1]);
        expect(await total(`/api/${what}`)).toEqual([null, 2]);
      }
    }
  });

  it('compares versions as values, and shows what was met behind a NUL', async () => {
    const odd = await startServer();
    await odd.ask('PUT', `${SPACES}/odd`, { json: {} });
    const put = (path: string, deployedVersion: unknown, upstreamVersion: unknown) =>
      odd.ask('PUT', `${SPACES}/odd/artifacts/${path}`, {
        headers: { 'X-Metadata': encodeURIComponent(JSON.stringify({ deployedVersion, upstreamVersion })) },
        body: 'x',
      });
    await put('same', { major: 1 }, { major: 1 });
    await put('behind', { major: 1 }, { major: 2 });
    const { json } = await odd.ask('GET', '/api/artifacts?outdated=true');
    expect(json.items).toMatchObject([{ path: 'behind' }]);
    await odd.ask('POST', `${SPACES}/odd/messages`, { json: { content: 'before\u0000behind it' } });
    const found = await odd.ask('GET', '/api/search?q=behind&type=message');
    expect(found.json.items).toMatchObject([{ snippet: 'before <mark>behind</mark> it' }]);
  });
});
