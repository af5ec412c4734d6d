import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path/posix';
import { expect, it } from 'vitest';
import { importsOf, ROOT, textOf } from '../rules/source.js';

/** What README tells users to run. */
const FOR_USERS = ['build', 'demo', 'dev', 'import', 'prod', 'verify'];

/** Files that a script rests on, itself among them. dist/ is built before the package is. */
function filesBelow(path: string, found: Set<string>): Set<string> {
  if (found.has(path) || path.startsWith('dist/')) return found;
  found.add(path);
  for (const { from } of importsOf({ path, text: textOf(path) })) {
    if (!from.startsWith('.')) continue;
    filesBelow(join(dirname(path), from).replace(/\.js$/, '.ts'), found);
  }
  return found;
}

it('the package has the scripts that users run, all that these import, and no others', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const needed = new Set<string>();
  for (const name of FOR_USERS) {
    const file = /scripts\/[\w.]+/.exec(scripts[name] ?? '')?.[0];
    if (file === undefined) throw new Error(`npm run ${name} runs no script`);
    filesBelow(file, needed);
  }
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pack] = Object.values(JSON.parse(listed)) as { files: { path: string }[] }[];
  const packed = pack?.files.map(({ path }) => path) ?? [];
  expect(packed.filter((path) => path.startsWith('scripts/')).sort()).toEqual(
    [...needed].filter((path) => path.startsWith('scripts/')).sort(),
  );
  expect(packed).toEqual(expect.arrayContaining([...needed]));
});
