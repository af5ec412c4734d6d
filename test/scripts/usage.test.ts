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

const VALUES: readonly (readonly [
  command: string,
  script: readonly string[],
  args: readonly string[],
  fault: string,
])[] = [
  ['npm run test:long', ['scripts/test-long.mjs'], ['--for', 'x'], '--for x must be a number of minutes.'],
  ['npm run test:long', ['scripts/test-long.mjs'], ['--for'], '--for  must be a number of minutes.'],
  ['npm run test:long', ['scripts/test-long.mjs'], ['--for', '-3'], '--for -3 must be a number of minutes.'],
  [
    'npm run demo',
    ['--import', 'tsx', 'scripts/demo.ts'],
    ['--taskspaces', '-4'],
    '--taskspaces needs a value;',
  ],
  ['npm run demo', ['--import', 'tsx', 'scripts/demo.ts'], ['--seed'], '--seed needs a value;'],
  ['npm run import', ['--import', 'tsx', 'scripts/import.ts'], ['--id', '-4'], '--id needs a value;'],
  ['npm run verify', ['--import', 'tsx', 'scripts/verify.ts'], ['--data', '-x'], '--data needs a value;'],
  ['npm run bench', ['--import', 'tsx', 'scripts/bench.ts'], ['--seconds', '-1'], '--seconds needs a value;'],
];

it.each(VALUES)('%s %j %j says in one line what the value must be', async (command, script, args, fault) => {
  const child = spawn(process.execPath, [...script, ...args], { cwd: ROOT });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect([await closed, out]).toEqual([2, '']);
  expect(err).toMatch(/^[^\n]*\n$/);
  expect(err.startsWith(fault)).toBe(true);
  expect(err).toContain(command);
});
