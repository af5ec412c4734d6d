import { describe, expect, it } from 'vitest';
import { roomFaults, scriptFaults } from './rooms.js';
import { sourcesIn } from './source.js';

function faultsOf(path: string, text: string): string[] {
  return roomFaults([{ path, text }]);
}

describe('rooms', () => {
  it('import only what stands before them, and touch only what is theirs', () => {
    const sources = sourcesIn('src');
    expect(sources.length).toBeGreaterThan(20);
    expect(roomFaults(sources)).toEqual([]);
  });

  it.each([
    ['src/store/a.ts', "import { x } from '../http/b.js';", 'store does not import http'],
    ['src/store/a.ts', "import type { X } from '../http/b.js';", 'store does not import http'],
    ['src/store/a.ts', "export { x } from '../http/b.js';", 'store does not import http'],
    ['src/store/a.ts', "await import('../http/b.js');", 'store does not import http'],
    ['src/domain/a.ts', "import { x } from '../config/b.js';", 'domain does not import config'],
    ['src/contract/a.ts', "import { x } from '../config/b.js';", 'contract does not import config'],
    ['src/store/a.ts', "import { x } from '../contract/b.js';", 'store does not import contract'],
    ['src/client/a.ts', "import type { X } from '../domain/b.js';", 'client does not import domain'],
    ['src/client/a.ts', "import { x } from '../contract/b.js';", 'client imports types alone'],
    ['src/client/a.ts', "import { type X, y } from '../contract/b.js';", 'client imports types alone'],
    ['src/bus/a.ts', "import { x } from '../http/b.js';", 'bus stands before http'],
    ['src/cache/a.ts', "import type { X } from '../store/files/b.js';", 'store/files is not for cache'],
    [
      'src/store/memory/a.ts',
      "import { x } from '../files/b.js';",
      'store/memory does not import store/files',
    ],
    ['src/cache/a.ts', "import { x } from '../contract/b.js';", 'contract is not for cache'],
    ['src/store/a.ts', "import { x } from '../../test/b.js';", 'not a room'],
    ['src/app/a.ts', "import express from 'express';", 'belongs to http'],
    ['src/http/a.ts', "import { lock } from 'proper-lockfile';", 'belongs to store/files, catalog, cluster'],
    ['src/http/a.ts', "import cluster from 'node:cluster';", 'belongs to cluster'],
    ['src/http/a.ts', "import { writeFileSync } from 'node:fs';", 'write files'],
    ['src/http/a.ts', "import * as fs from 'node:fs';", 'write files'],
    ['src/store/a.ts', "import { writeFileSync } from 'node:fs';", 'write files'],
    ['src/http/a.ts', "import { open } from 'node:fs/promises';", 'write files'],
    ['src/http/a.ts', "import { join } from 'path';", 'named with node:'],
    ['src/http/a.ts', "import left from 'left-pad';", 'no room is named'],
    ['src/http/a.ts', 'const x = process.env.PORT;', 'only config does'],
  ])('%s may not hold %s', (path, text, why) => {
    expect(faultsOf(path, text)).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['src/http/a.ts', "import { x } from '../app/b.js';"],
    ['src/http/a.ts', "import { createReadStream } from 'node:fs';"],
    ['src/http/a.ts', '// process.env is read by config'],
    ['src/client/a.ts', "import type { X } from '../contract/b.js';"],
    ['src/client/a.ts', "import { type X } from '../contract/b.js';"],
    ['src/app/a.ts', "import { x } from '../contract/b.js';"],
    ['src/store/files/a.ts', "import { writeFileSync } from 'node:fs';"],
    ['src/store/files/b/a.ts', "import { writeFileSync } from 'node:fs';"],
    ['src/config/a.ts', 'const x = process.env;'],
    ['src/main.ts', "import { x } from './http/b.js';"],
    ['src/compose.ts', "import { x } from './store/files/b.js';"],
    ['src/cache/a.ts', "import type { X } from '../store/ports.js';"],
  ])('%s may hold %s', (path, text) => {
    expect(faultsOf(path, text)).toEqual([]);
  });
});

describe('scripts', () => {
  it('import no test file', () => {
    const sources = sourcesIn('scripts');
    expect(sources.some(({ path }) => path.endsWith('.mjs'))).toBe(true);
    expect(scriptFaults(sources)).toEqual([]);
  });

  it.each([
    ['scripts/a.ts', "import { x } from '../test/b.js';"],
    ['scripts/a.mjs', "import { x } from '../test/b.mjs';"],
    ['scripts/bench/a.ts', "import type { X } from '../../test/b.js';"],
    ['scripts/a.mjs', "await import('../test/b.js');"],
  ])('%s may not hold %s', (path, text) => {
    expect(scriptFaults([{ path, text }])).toEqual([expect.stringContaining('import no test file')]);
  });

  it.each([
    ['scripts/test.mjs', "import { x } from './test-run.mjs';"],
    ['scripts/a.ts', "const PROGRAM = '../test/b-program.ts';"],
  ])('%s may hold %s', (path, text) => {
    expect(scriptFaults([{ path, text }])).toEqual([]);
  });
});
