/** The command lines of the examples: a page for `--help`, one line for what they do not know. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { needsBuild } from '../kit/built.js';

needsBuild();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Nothing listens there: a call to a server would be seen in the answer. */
const ENV = { ...process.env, TASKSPACE_URL: 'http://127.0.0.1:1' };

const EXAMPLES = ['shell-agent.sh', 'two-agents.mjs', 'follow.mjs'];

function run(example: string, ...args: string[]) {
  const command = example.endsWith('.sh') ? 'bash' : process.execPath;
  const options = { cwd: ROOT, env: ENV, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(command, [`examples/${example}`, ...args], options);
  return { status, stdout, stderr };
}

describe.each(EXAMPLES)('%s', (example) => {
  it.each(['--help', '-h'])('%s shows how it is used, and nothing else happens', (option) => {
    const { status, stdout, stderr } = run(example, option);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: [^\\n]*examples/${example}[^\\n]*\\n$`));
  });

  it.each([[['--bogus']], [['']], [['some', 'extra']], [['some', '--bogus']]])(
    'refuses %j in one line, before it does anything',
    (args) => {
      const { status, stdout, stderr } = run(example, ...args);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(new RegExp(`^[^\\n]*Usage: [^\\n]*examples/${example}[^\\n]*\\n$`));
    },
  );
});
