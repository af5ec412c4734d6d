/** The real program over the store in memory: one process, and nothing behind it. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownedFolder } from '../kit/owned-folder.js';
import { MAIN, ServerProcess } from '../kit/server-process.js';

let folder: ReturnType<typeof ownedFolder>;
let server: ServerProcess | null = null;

beforeEach(() => {
  folder = ownedFolder();
  mkdirSync(join(folder.path, 'tmp'));
});

afterEach(async () => {
  await server?.end();
  folder.remove();
});

function start(role: string): ServerProcess {
  server = new ServerProcess(MAIN, [role], {
    STORE: 'memory',
    DATA_DIR: join(folder.path, 'data'),
    TMPDIR: join(folder.path, 'tmp'),
  });
  return server;
}

it('serves from memory, says so when it is ready, and leaves nothing', async () => {
  const running = start('dev');
  const url = `${await running.ready()}/api/taskspaces`;
  const headers = { 'Content-Type': 'application/json' };
  expect((await fetch(`${url}/t`, { method: 'PUT', headers, body: '{}' })).status).toBe(201);
  expect(await (await fetch(url)).json()).toMatchObject({ items: [{ id: 't' }] });
  expect(running.out).toMatch(/^Taskspace .* · data in memory, all of it lost at exit · .*\n$/);
  const catalog = () => readdirSync(join(folder.path, 'tmp')).filter((name) => name.startsWith('taskspace-'));
  expect(catalog()).toHaveLength(1);
  running.kill('SIGTERM');
  expect(await running.exit).toEqual({ code: 0, signal: null });
  expect(catalog()).toEqual([]);
  expect(readdirSync(folder.path)).toEqual(['tmp']);
});

it('is refused for several processes, in one line', async () => {
  const refused = start('prod');
  expect((await refused.exit).code).toBe(78);
  expect(refused.err).toMatch(/^STORE=memory keeps everything in one process.*npm run dev.*\n$/);
  expect(readdirSync(folder.path)).toEqual(['tmp']);
});
