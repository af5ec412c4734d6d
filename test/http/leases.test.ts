import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { type Running, startServer } from './harness.js';

let server: Running;
beforeAll(async () => {
  server = await startServer();
});

let count = 0;

async function fresh(): Promise<string> {
  const at = `/api/taskspaces/l${++count}`;
  await server.ask('PUT', at, { json: {} });
  return at;
}

const call = (path: string, json: unknown, key?: string): Promise<Answer> =>
  server.ask('POST', path, { json, headers: key === undefined ? {} : { 'Idempotency-Key': key } });
const grant = (at: string, name: string, holder = 'ann', key?: string): Promise<Answer> =>
  call(`${at}/leases/${name}`, { holder }, key);

describe('a lease by name', () => {
  it('is granted with a token and a fence, refused while it is held, and listed without its token', async () => {
    const at = await fresh();
    const answer = await grant(at, 'deploy:eu@1');
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toEqual(['name', 'holder', 'token', 'fence', 'expiresAt']);
    const { token, expiresAt } = answer.json;
    expect(answer.json).toMatchObject({ name: 'deploy:eu@1', holder: 'ann', fence: 1 });
    for (const holder of ['ann', 'bob']) {
      const held = await grant(at, 'deploy:eu@1', holder);
      expect(held.json).toMatchObject({ status: 409, code: 'lease_held', holder: 'ann', expiresAt });
    }
    await grant(at, 'a');
    const list = await server.ask('GET', `${at}/leases`);
    expect(list.json.items).toMatchObject([{ name: 'a' }, { name: 'deploy:eu@1', fence: 1, expiresAt }]);
    expect(list.text).not.toContain(token);
    expect((await server.ask('GET', `${at}/summary`)).json.leases).toBe(2);
  });

  it('is renewed under the same fence and token, and released with 204', async () => {
    const at = await fresh();
    const { token, expiresAt } = (await grant(at, 'x')).json;
    const renewed = await call(`${at}/leases/x/renew`, { token, leaseSeconds: 600 });
    expect(renewed.json).toMatchObject({ name: 'x', holder: 'ann', token, fence: 1 });
    expect(String(renewed.json.expiresAt) > String(expiresAt)).toBe(true);
    const released = await call(`${at}/leases/x/release`, { token });
    expect([released.status, released.text]).toEqual([204, '']);
    expect((await server.ask('GET', `${at}/leases`)).json).toEqual({ items: [] });
    for (const what of ['renew', 'release'])
      expect((await call(`${at}/leases/x/${what}`, { token })).json).toMatchObject({
        status: 409,
        code: 'lease_lost',
      });
    expect((await grant(at, 'x', 'bob')).json.fence).toBe(2);
  });

  it('has an ETag in its list that moves with it', async () => {
    const at = await fresh();
    const { etag = '' } = (await server.ask('GET', `${at}/leases`)).headers;
    const ask = () => server.ask('GET', `${at}/leases`, { headers: { 'If-None-Match': etag } });
    expect((await ask()).status).toBe(304);
    await grant(at, 'x');
    expect((await ask()).status).toBe(200);
  });

  it('gives the first answer of every call again for its key', async () => {
    const at = await fresh();
    const first = await grant(at, 'x', 'ann', 'g');
    const { token } = first.json;
    const renewed = await call(`${at}/leases/x/renew`, { token }, 'n');
    const released = await call(`${at}/leases/x/release`, { token }, 'r');
    await grant(at, 'x', 'bob');
    const again = [
      await grant(at, 'x', 'ann', 'g'),
      await call(`${at}/leases/x/renew`, { token }, 'n'),
      await call(`${at}/leases/x/release`, { token }, 'r'),
    ];
    expect(again.map(({ status, text }) => [status, text])).toEqual([
      [200, first.text],
      [200, renewed.text],
      [released.status, ''],
    ]);
    for (const { headers } of again) expect(headers['idempotency-replayed']).toBe('true');
  });

  it('has changes of its own', async () => {
    const at = await fresh();
    const { token } = (await grant(at, 'x')).json;
    await call(`${at}/leases/x/renew`, { token });
    await call(`${at}/leases/x/release`, { token });
    const changes = (await server.ask('GET', '/api/changes?limit=500')).json.items as Record<
      string,
      unknown
    >[];
    const here = changes.filter(({ taskspace }) => at.endsWith(`/${taskspace}`)).slice(1);
    expect(here.map(({ types, refs }) => [types, refs])).toEqual([
      [['lease.granted'], ['x']],
      [['lease.renewed'], ['x']],
      [['lease.released'], ['x']],
    ]);
  });

  it.each<[string, string, unknown, number]>([
    ['a name that is none', '.x', { holder: 'ann' }, 400],
    ['a holder without a name', 'x', { holder: '' }, 422],
    ['a lease of 0 s', 'x', { holder: 'ann', leaseSeconds: 0 }, 422],
    ['a member that there is not', 'x', { holder: 'ann', fence: 1 }, 422],
    ['no token', 'x/renew', {}, 422],
    ['a lease of 3601 s', 'x/renew', { token: 't', leaseSeconds: 3601 }, 422],
    ['no token at its end', 'x/release', {}, 422],
    ['a token that never was', 'x/release', { token: 't' }, 409],
  ])('is refused with %s', async (_what, path, json, status) => {
    expect((await call(`${await fresh()}/leases/${path}`, json)).status).toBe(status);
  });

  it('does not exist in a taskspace that is not there', async () => {
    for (const answer of [
      await grant('/api/taskspaces/none', 'x'),
      await call('/api/taskspaces/none/leases/x/renew', { token: 't' }),
      await server.ask('GET', '/api/taskspaces/none/leases'),
    ])
      expect(answer.json.code).toBe('not_found');
  });
});
