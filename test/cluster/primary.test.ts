import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';
import { ECHO_PROGRAM, ServerProcess } from '../kit/server-process.js';

interface Echo {
  pid: number;
  worker: number;
}

let folder: ReturnType<typeof ownedFolder>;
let started: ServerProcess[] = [];

beforeEach(() => {
  folder = ownedFolder();
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.end()));
  started = [];
  folder.remove();
});

function serve(env: Record<string, string> = {}, role = 'prod', args: string[] = []): ServerProcess {
  const server = new ServerProcess(ECHO_PROGRAM, [role, ...args], {
    DATA_DIR: folder.path,
    WORKERS: '2',
    ...env,
  });
  started.push(server);
  return server;
}

async function ask(url: string, path = '/'): Promise<Echo> {
  const response = await fetch(url + path, { headers: { connection: 'close' } });
  return (await response.json()) as Echo;
}

/** Who answers for each worker number now. A connection that a dying worker drops is asked again. */
async function crew(url: string, workers = 2): Promise<Map<number, number>> {
  return eventually(async () => {
    const found = new Map<number, number>();
    for (let n = 0; n < workers * 4; n++) {
      const { pid, worker } = await ask(url);
      found.set(worker, pid);
    }
    if (found.size !== workers) throw new Error(`Only ${found.size} workers answer`);
    return found;
  });
}

describe('the primary', () => {
  it('says once, in one line, that all workers are ready', async () => {
    const server = serve();
    const url = await server.ready();
    expect([...(await crew(url)).keys()].sort()).toEqual([1, 2]);
    const { port } = new URL(url);
    expect(server.out).toBe(
      `Taskspace 0.0.0-test ready: http://127.0.0.1:${port} · 2 workers · cache l1 128 MiB · bus ipc · ` +
        `data ${folder.path} (0 folders) · open to this machine (no token)\n`,
    );
  });

  it.each(['prod', 'dev'])(
    'takes the secret from everybody else at a start (%s), and says so',
    async (role) => {
      const secret = join(folder.path, 'secret');
      writeFileSync(secret, `${'ab'.repeat(32)}\n`);
      chmodSync(secret, 0o644);
      const server = serve({ LOG_LEVEL: 'warn' }, role);
      await server.ready();
      expect(statSync(secret).mode & 0o777).toBe(0o600);
      await eventually(async () =>
        expect(server.err + server.out).toContain('secret could be used by others'),
      );
    },
  );

  it('brings a killed worker back under the same number, and serves on the same port meanwhile', async () => {
    const url = await serve().ready();
    const before = await crew(url);
    process.kill(before.get(1) ?? 0, 'SIGKILL');
    const after = await eventually(async () => {
      const now = await crew(url);
      if (now.get(1) === before.get(1)) throw new Error('The dead worker still answers');
      return now;
    });
    expect(after.get(2)).toBe(before.get(2));
    expect([...after.keys()].sort()).toEqual([1, 2]);
  });

  it('comes back on the same port when its only worker is killed', async () => {
    const url = await serve({ WORKERS: '1' }).ready();
    const { pid } = await ask(url);
    process.kill(pid, 'SIGKILL');
    const next = await eventually(() => ask(url));
    expect(next).toEqual({ pid: expect.not.toSatisfy((other) => other === pid), worker: 1 });
  });

  it('replaces a worker that was stopped: the successor serves before the old one is killed', async () => {
    const url = await serve({ WORKERS: '1' }).ready();
    const { pid } = await ask(url);
    process.kill(pid, 'SIGSTOP');
    const next = await eventually(async () => {
      const response = await fetch(url, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(1000),
      });
      return (await response.json()) as Echo;
    });
    expect(next.pid).not.toBe(pid);
    await eventually(() => expect(runs(pid)).toBe(false));
  });

  it('replaces a worker whose event loop hangs', async () => {
    const url = await serve({ WORKERS: '1' }).ready();
    const { pid } = await ask(url);
    const hung = ask(url, '/hang').catch((error: unknown) => error);
    await eventually(() => expect(runs(pid)).toBe(false));
    expect(await hung).toBeInstanceOf(Error);
    expect((await eventually(() => ask(url))).worker).toBe(1);
  });

  it('serves on while one worker dies again and again before it serves, and has it back when it can start', async () => {
    const flag = join(folder.path, 'flag');
    const server = serve({ ECHO_STILLBORN: flag });
    const url = await server.ready();
    const before = await crew(url);
    writeFileSync(flag, '');
    process.kill(before.get(2) ?? 0, 'SIGKILL');
    await eventually(async () => {
      await ask(url).catch(() => undefined);
      expect(server.err.match(/A worker has died/g)?.length).toBeGreaterThan(3);
    });
    expect(server.err).toMatch(/delayMs=0[\s\S]*delayMs=50[\s\S]*delayMs=100/);
    expect((await eventually(() => ask(url))).pid).toBe(before.get(1));
    rmSync(flag);
    expect((await crew(url)).get(1)).toBe(before.get(1));
  });

  it('gives up a first start in which workers only die, with one line after the log', async () => {
    const flag = join(folder.path, 'flag');
    writeFileSync(flag, '');
    const server = serve({ ECHO_STILLBORN: flag, ECHO_STILLBORN_FROM: '1', LOG_LEVEL: 'silent' });
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.err).toBe('The workers die before they serve. The reason is in the lines above.\n');
    expect(server.out).toBe('');
  });

  it('finishes a request in flight on SIGTERM, takes no new one, and exits with 0', async () => {
    const server = serve();
    const url = await server.ready();
    const slow = ask(url, '/slow?ms=1500');
    await ask(url);
    server.kill('SIGTERM');
    await eventually(() => expect(server.err).toContain('Stopping'));
    await eventually(() => expect(ask(url)).rejects.toThrow());
    expect((await slow).worker).toBeGreaterThan(0);
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expect(existsSync(join(folder.path, 'primary.lock'))).toBe(false);
  });

  it('cuts what is not finished when SHUTDOWN_SECONDS are over, and still exits with 0', async () => {
    const server = serve({ SHUTDOWN_SECONDS: '1' });
    const url = await server.ready();
    const endless = ask(url, '/slow?ms=600000').catch((error: unknown) => error);
    await ask(url);
    server.kill('SIGTERM');
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expect(await endless).toBeInstanceOf(Error);
  });

  it('ends at once on a second SIGINT', async () => {
    const server = serve();
    const url = await server.ready();
    const workers = await crew(url);
    const endless = ask(url, '/slow?ms=600000').catch((error: unknown) => error);
    await ask(url);
    server.kill('SIGINT');
    await eventually(() => expect(server.err).toContain('Stopping'));
    server.kill('SIGINT');
    expect(await server.exit).toEqual({ code: 130, signal: null });
    expect(await endless).toBeInstanceOf(Error);
    await eventually(() => expect([...workers.values()].filter(runs)).toEqual([]));
  });

  it('replaces every worker on SIGHUP without failing a request, also with a single one', async () => {
    const server = serve({ WORKERS: '1' });
    const url = await server.ready();
    const { pid } = await ask(url);
    server.kill('SIGHUP');
    const answered = new Set<number>();
    await eventually(async () => {
      answered.add((await ask(url)).pid);
      expect(server.err).toContain('Rolling restart ended');
    });
    const next = await ask(url);
    expect(next.worker).toBe(1);
    expect(next.pid).not.toBe(pid);
    expect(runs(pid)).toBe(false);
    expect([...answered]).toContain(pid);
    expect(server.err).toContain('outcome=complete');
  });

  it('replaces a worker that alone is told to end, without failing a request', async () => {
    const url = await serve({ WORKERS: '1' }).ready();
    const { pid } = await ask(url);
    process.kill(pid, 'SIGTERM');
    await eventually(async () => expect((await ask(url)).pid).not.toBe(pid));
    await eventually(() => expect(runs(pid)).toBe(false));
  });

  it('leaves no running worker two seconds after it was killed', async () => {
    const server = serve();
    const workers = await crew(await server.ready());
    server.kill('SIGKILL');
    await server.exit;
    await eventually(() => expect([...workers.values()].filter(runs)).toEqual([]), 2000 * 4);
  });

  it('has its place taken at once after it was killed', async () => {
    const first = serve();
    await first.ready();
    first.kill('SIGKILL');
    await first.exit;
    expect(existsSync(join(folder.path, 'primary.lock'))).toBe(true);
    const second = serve();
    await second.ready();
    expect(JSON.parse(readFileSync(join(folder.path, 'primary.json'), 'utf8'))).toMatchObject({
      pid: second.pid,
    });
  });

  it('refuses a second start on the same folder, with the first one’s pid', async () => {
    const first = serve();
    await first.ready();
    for (const role of ['prod', 'dev']) {
      const second = serve({}, role);
      expect(await second.exit).toEqual({ code: 1, signal: null });
      expect(second.err).toMatch(
        /^The data folder .* is in use by another Taskspace \(process \d+\)\. .*DATA_DIR.*\n$/,
      );
      expect(second.err).toContain(`process ${first.pid})`);
      expect(second.out).toBe('');
    }
    first.kill('SIGTERM');
    expect(await first.exit).toEqual({ code: 0, signal: null });
  });

  it.each(['prod', 'dev'])(
    'ends a start on a taken port with one line and exit code 1 (%s)',
    async (role) => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const address = other.address();
      const port = typeof address === 'object' && address !== null ? String(address.port) : '';
      const server = serve({ PORT: port }, role);
      expect(await server.exit).toEqual({ code: 1, signal: null });
      expect(server.err).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is taken\\. .*PORT.*\\n$`));
      expect(existsSync(join(folder.path, 'primary.lock'))).toBe(false);
      await new Promise((resolve) => other.close(resolve));
    },
  );

  it('ends a start with settings that do not parse with one line and exit code 78', async () => {
    const server = serve({ PORT: 'http' });
    expect(await server.exit).toEqual({ code: 78, signal: null });
    expect(server.err).toBe('PORT="http" is not allowed. Allowed: a whole number from 0 to 65535.\n');
    expect(server.out).toBe('');
  });
});

describe('the files of a server', () => {
  it('are for their owner alone, or also for a group with UMASK=027', async () => {
    const modeOf = async (env: Record<string, string>) => {
      rmSync(join(folder.path, 'server.json'), { force: true });
      const server = serve({ WORKERS: '1', ...env });
      await server.ready();
      const { mode } = statSync(join(folder.path, 'server.json'));
      await server.end();
      return (mode & 0o777).toString(8);
    };
    expect([await modeOf({}), await modeOf({ UMASK: '027' })]).toEqual(['600', '640']);
  });

  it('are not made by a start with arguments, which is refused in one line with exit code 2', async () => {
    const server = serve({}, 'prod', ['--port', '8080']);
    expect(await server.exit).toEqual({ code: 2, signal: null });
    expect(server.err).toMatch(/^The server takes no arguments \(--port\): .* PORT=….*\n$/);
  });
});

describe('dev', () => {
  it('serves from one process, and finishes a request in flight on SIGTERM', async () => {
    const server = serve({}, 'dev');
    const url = await server.ready();
    expect(server.out).toContain('· 1 worker · cache off ·');
    expect(await ask(url)).toEqual({ pid: server.pid, worker: 1 });
    const slow = ask(url, '/slow?ms=1000');
    await ask(url);
    server.kill('SIGTERM');
    expect(await slow).toEqual({ pid: server.pid, worker: 1 });
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expect(existsSync(join(folder.path, 'primary.lock'))).toBe(false);
  });
});
