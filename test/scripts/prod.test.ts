import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProjectCopy, type Run } from './project-copy.js';

const PROD = 'scripts/prod.mjs';

let project: ProjectCopy;

beforeEach(() => {
  project = new ProjectCopy();
});

afterEach(() => project.remove());

async function startAndStop(): Promise<Run> {
  const run = project.run(PROD);
  await run.ready();
  await stop(run);
  return run;
}

async function stop({ kill, exit }: Run): Promise<void> {
  kill('SIGTERM');
  expect(await exit).toBe(0);
}

describe('npm run prod', () => {
  it('builds once when two start at the same moment, and again only when the sources change', async () => {
    const both = ['a', 'b'].map((name) => project.run(PROD, { DATA_DIR: project.path(name) }));
    await Promise.all(both.map(({ ready }) => ready()));
    const lines = both.map(({ written }) => written.out).join('');
    expect(lines.match(/Building…\n/g)).toHaveLength(1);
    await Promise.all(both.map(stop));
    expect((await startAndStop()).written.out).toMatch(/^Taskspace \S+ ready: [^\n]*\n$/);

    appendFileSync(project.path('src/main.ts'), '// changed\n');
    expect((await startAndStop()).written.out).toMatch(/^Building…\nTaskspace /);
  });

  it('says what does not compile, and keeps the build that there was', async () => {
    await startAndStop();
    const before = readFileSync(project.path('dist/main.js'), 'utf8');
    appendFileSync(project.path('src/main.ts'), 'const = ;\n');
    const { exit, written } = project.run(PROD);
    expect(await exit).toBe(1);
    expect(written.out).toContain('src/main.ts');
    expect(written.err).toContain('dist/ could not be built');
    expect(readFileSync(project.path('dist/main.js'), 'utf8')).toBe(before);
  });

  it('runs what was built when there are no sources', async () => {
    await startAndStop();
    rmSync(project.path('src'), { recursive: true });
    expect((await startAndStop()).written.out).not.toContain('Building…');
    expect(existsSync(project.path('.cache/building'))).toBe(false);
  });
});
