import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, temporaryFolder } from '../cluster/process.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const COPIED_SCRIPTS = ['scripts/build.mjs', 'scripts/prod.mjs'];

let folder = temporaryFolder();
let children: ChildProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  for (const name of [...COPIED, ...COPIED_SCRIPTS]) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  folder.remove();
});

function prod(dataDir: string) {
  const child = spawn(process.execPath, [join(folder.path, 'scripts', 'prod.mjs')], {
    env: { ...process.env, DATA_DIR: join(folder.path, dataDir), PORT: '0', WORKERS: '1' },
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
  return {
    exit,
    written,
    ready: () => eventually(() => expect(written.out, written.err).toContain(' ready: ')),
    async stop() {
      child.kill('SIGTERM');
      expect(await exit).toBe(0);
    },
  };
}

describe('npm run prod', () => {
  it('builds once when two start at the same moment, and again only when the sources change', async () => {
    const both = [prod('a'), prod('b')];
    await Promise.all(both.map(({ ready }) => ready()));
    const lines = both.map(({ written }) => written.out).join('');
    expect(lines.match(/Building…\n/g)).toHaveLength(1);
    await Promise.all(both.map(({ stop }) => stop()));

    const third = prod('a');
    await third.ready();
    expect(third.written.out).toMatch(/^Taskspace \S+ ready: [^\n]*\n$/);
    await third.stop();

    appendFileSync(join(folder.path, 'src', 'main.ts'), '// changed\n');
    const fourth = prod('a');
    await fourth.ready();
    expect(fourth.written.out).toMatch(/^Building…\nTaskspace /);
    await fourth.stop();
  });

  it('says what does not compile, and keeps the build that there was', async () => {
    const first = prod('a');
    await first.ready();
    await first.stop();
    const before = readFileSync(join(folder.path, 'dist', 'main.js'), 'utf8');
    appendFileSync(join(folder.path, 'src', 'main.ts'), 'const = ;\n');
    const second = prod('a');
    expect(await second.exit).toBe(1);
    expect(second.written.out).toContain('src/main.ts');
    expect(readFileSync(join(folder.path, 'dist', 'main.js'), 'utf8')).toBe(before);
  });

  it('runs what was built when there are no sources', async () => {
    const first = prod('a');
    await first.ready();
    await first.stop();
    rmSync(join(folder.path, 'src'), { recursive: true });
    const second = prod('a');
    await second.ready();
    expect(second.written.out).not.toContain('Building…');
    await second.stop();
    expect(existsSync(join(folder.path, '.cache', 'building'))).toBe(false);
  });
});
