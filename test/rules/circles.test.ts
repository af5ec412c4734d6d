/** No file imports itself over others, not even its types: each can be read after those that it imports. */
import { describe, expect, it } from 'vitest';
import { circlesOf } from './circles.js';
import { sourcesIn } from './source.js';

describe('imports', () => {
  it('of src go round in no circle', () => {
    expect(circlesOf(sourcesIn('src'))).toEqual([]);
  });

  it('of test and scripts go round in no circle', () => {
    expect(circlesOf(sourcesIn('test', 'scripts'))).toEqual([]);
  });

  it.each([
    ["import { b } from './b.js';", "import type { A } from './a.js';"],
    ["export { b } from './b.js';", "const a = await import('./a.js');"],
  ])('that go round are found: %s, %s', (a, b) => {
    const files = { 'src/x/a.ts': a, 'src/x/b.ts': b, 'src/x/c.ts': "import { a } from './a.js';" };
    const sources = Object.entries(files).map(([path, text]) => ({ path, text }));
    expect(circlesOf(sources)).toEqual([['src/x/a.ts', 'src/x/b.ts']]);
  });

  it('that meet again without going round are none', () => {
    const sources = [
      { path: 'src/x/a.ts', text: "import { b } from './b.js';\nimport { c } from '../y/c.js';" },
      { path: 'src/x/b.ts', text: "import { c } from '../y/c.js';" },
      { path: 'src/y/c.ts', text: '' },
    ];
    expect(circlesOf(sources)).toEqual([]);
  });
});
