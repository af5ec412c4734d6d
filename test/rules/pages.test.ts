import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/environment.js';
import { errorsTable } from '../../src/contract/errors.js';
import { ROOT, textOf } from './source.js';

/** What stands in backticks in the first cell of the page's table rows. */
function firstCells(page: string, name: RegExp): string[] {
  const cells = page.split('\n').flatMap((line) => /^\|([^|]*)\|/.exec(line)?.[1] ?? []);
  const ticked = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''));
  return ticked.filter((text) => name.test(text));
}

/** `CACHE_TTL_<KIND>` stands for one variable a kind. */
function spelledOut(variable: string): string[] {
  return variable.includes('<')
    ? VARIABLES.filter((name) => name.startsWith(variable.split('<')[0] ?? ''))
    : [variable];
}

describe('docs/ERRORS.md', () => {
  it('has the table of the contract; `vitest --project rules -u` writes it', async () => {
    const [head = ''] = textOf('docs/ERRORS.md').split(/^\| code /m);
    await expect(head + errorsTable()).toMatchFileSnapshot(join(ROOT, 'docs/ERRORS.md'));
  });
});

describe('README.md', () => {
  it('lists every setting, and no other', () => {
    const listed = firstCells(textOf('README.md'), /^[A-Z][A-Z_]+(<[A-Z]+>)?$/).flatMap(spelledOut);
    expect([...new Set(listed)].sort()).toEqual([...VARIABLES].sort());
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = [...textOf('README.md').matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...textOf('README.md').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('package.json', () => {
  it('runs only scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const files = Object.values(scripts).flatMap((command) => command.match(/scripts\/[a-z-]+\.\w+/g) ?? []);
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
