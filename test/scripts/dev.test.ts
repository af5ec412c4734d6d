import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { childrenOf, runs } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import { ProjectCopy } from './project-copy.js';

const DEV = 'scripts/dev.mjs';

let project: ProjectCopy;

beforeEach(() => {
  project = new ProjectCopy();
});

afterEach(() => project.remove());

describe('npm run dev', () => {
  it('ends with 78 when the settings are wrong', async () => {
    const { exit, written } = project.run(DEV, { WORKERS: 'many' });
    expect(await exit).toBe(78);
    expect(written.err).toBe('WORKERS="many" is not allowed. Allowed: a whole number from 1 to 256.\n');
  });

  it('ends with 1 when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { exit, written } = project.run(DEV, { PORT: port });
    expect(await exit).toBe(1);
    expect(written.err).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is taken\\..*\\n$`));
    await new Promise((resolve) => other.close(resolve));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'serves, and ends with 0 and without leftovers on %s',
    async (signal) => {
      const { pid, exit, ready, kill } = project.run(DEV);
      expect((await fetch(`${await ready()}/ready`)).status).toBe(200);
      const below = childrenOf(pid);
      expect(below.length).toBeGreaterThan(0);
      kill(signal);
      expect(await exit).toBe(0);
      await eventually(() => expect(below.filter(runs)).toEqual([]));
    },
  );

  it('starts again when a source changes, not when data does, and waits out a source that is broken', async () => {
    const { written, ready, kill, exit } = project.run(DEV);
    const url = await ready();
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${url}/api/taskspaces/t`, { method: 'PUT', headers, body: '{}' });
    appendFileSync(project.path('src/main.ts'), 'const = ;\n');
    await eventually(() => expect(written.err).toContain('It starts again when a file in src/ changes'));
    expect(written.out.match(/ ready: /g)).toHaveLength(1);
    expect(written.err.match(/Changed: starting again/g)).toHaveLength(1);
    appendFileSync(project.path('src/main.ts'), '\n');
    await eventually(() => expect(written.err.match(/Changed: starting again/g)).toHaveLength(2));
    kill('SIGTERM');
    expect(await exit).toBeTypeOf('number');
  });
});
