import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { childrenOf, eventually, runs, temporaryFolder } from '../cluster/process.js';

const DEV = fileURLToPath(new URL('../../scripts/dev.mjs', import.meta.url));

const folder = temporaryFolder();
let children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  folder.remove();
});

function dev(env: Record<string, string>) {
  const child = spawn(process.execPath, [DEV], {
    env: { ...process.env, DATA_DIR: folder.path, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const written = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    written.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    written.err += String(chunk);
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, written, exit };
}

describe('npm run dev', () => {
  it('ends with 78 when the settings are wrong', async () => {
    const { exit, written } = dev({ WORKERS: 'many' });
    expect(await exit).toBe(78);
    expect(written.err).toBe('WORKERS="many" is not allowed. Allowed: a whole number from 1 to 256.\n');
  });

  it('ends with 1 when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { exit, written } = dev({ PORT: port });
    expect(await exit).toBe(1);
    expect(written.err).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is taken\\..*\\n$`));
    await new Promise((resolve) => other.close(resolve));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'serves, and ends with 0 and without leftovers on %s',
    async (signal) => {
      const { child, exit, written } = dev({});
      const url = await eventually(() => {
        const found = /ready: (http:\/\/\S+)/.exec(written.out)?.[1];
        if (found === undefined) throw new Error(`Not ready: ${written.err}`);
        return found;
      });
      expect((await fetch(`${url}/ready`)).status).toBe(200);
      const below = childrenOf(child.pid ?? 0);
      expect(below.length).toBeGreaterThan(0);
      child.kill(signal);
      expect(await exit).toBe(0);
      await eventually(() => expect(below.filter(runs)).toEqual([]));
    },
  );
});
