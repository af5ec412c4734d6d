import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Each as package.json runs it. */
const COMMANDS: readonly (readonly [command: string, ...script: string[]])[] = [
  ['npm test', 'scripts/test.mjs'],
  ['npm run test:long', 'scripts/test-long.mjs'],
  ['npm run test:consistency', '--import', 'tsx', 'scripts/consistency.ts'],
  ['npm run fault', '--import', 'tsx', 'scripts/fault.ts'],
  ['npm run bench', '--import', 'tsx', 'scripts/bench.ts'],
  ['npm run verify', '--import', 'tsx', 'scripts/verify.ts'],
  ['npm run import', '--import', 'tsx', 'scripts/import.ts'],
  ['npm run demo', '--import', 'tsx', 'scripts/demo.ts'],
  ['npm run build', 'scripts/build.mjs'],
  ['npm run dev', 'scripts/dev.mjs'],
  ['npm run prod', 'scripts/prod.mjs'],
];

it.each(COMMANDS)(
  '%s says in one line that it does not know an option, and how it is used',
  async (command, ...script) => {
    const child = spawn(process.execPath, [...script, '--bogus'], { cwd: ROOT });
    const closed = new Promise((resolve) => child.once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([await closed, out]).toEqual([2, '']);
    expect(err).toMatch(/^[^\n]*--bogus[^\n]*\n$/);
    expect(err).toContain(command);
    expect(err).not.toContain('positional');
  },
);
