import { describe, expect, it } from 'vitest';
import { fileFaults } from './files.js';
import { sourcesIn } from './source.js';

const HEAD = '/** What it is. */\n';

describe('files', () => {
  it('hold one idea each, are named for it and open with what they are', () => {
    const sources = sourcesIn('src', 'scripts', 'test');
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.flatMap(fileFaults)).toEqual([]);
  });

  it.each([
    ['src/a/long.ts', HEAD + 'x;\n'.repeat(400), '401 lines'],
    ['src/a/camelCase.ts', HEAD, 'kebab-case'],
    ['src/a/utils.ts', HEAD, 'named for nothing'],
    ['src/a/path-helpers.ts', HEAD, 'named for nothing'],
    ['src/a/bare.ts', 'const x = 1;', 'does not open with a comment'],
    ['src/a/talk.ts', `/**\n${' * word\n'.repeat(20)} */\n`, 'more than a few lines'],
    ['src/a/wide.ts', `${HEAD}// ${'x'.repeat(108)}`, 'more than 110 columns'],
    ['src/a/thing.ts', `${HEAD}export default 1;`, 'default export'],
    ['src/a/thing.ts', `${HEAD}export default function f() {}`, 'default export'],
    ['src/a/index.ts', `${HEAD}export * from './b.js';`, 'only passes on'],
  ])('%s may not be like that', (path, text, why) => {
    expect(fileFaults({ path, text })).toEqual([expect.stringContaining(why)]);
  });
});
