import { describe, expect, it } from 'vitest';
import { hookFaults } from './hooks.js';
import { sourcesIn } from './source.js';

describe('hooks', () => {
  it('are registered while a file is read', () => {
    expect(sourcesIn('test').flatMap(hookFaults)).toEqual([]);
  });

  it.each([
    'async function start() { afterAll(close); }',
    'const start = async () => afterAll(close);',
    "it('x', () => { afterEach(close); });",
    "it.each([1])('x', () => { afterEach(close); });",
    'beforeAll(() => { afterAll(close); });',
    "describe('x', () => { beforeEach(() => { later(() => afterEach(close)); }); });",
  ])('are not registered too late: %s', (text) => {
    expect(hookFaults({ path: 'test/a.ts', text })).toEqual([
      expect.stringContaining('test/a.ts:1 registers after'),
    ]);
  });

  it.each([
    'afterAll(async () => { await close(); });',
    "describe('x', () => { beforeEach(open); afterEach(close); });",
    'export function temporaryFolder() { afterEach(remove); }',
  ])('are found where they are in time: %s', (text) => {
    expect(hookFaults({ path: 'test/a.ts', text })).toEqual([]);
  });
});
