/** The command line of `npm run demo`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../import/arguments.js';

export const HELP = `Fills a Taskspace server with taskspaces that look like real work.

Usage:  npm run demo [-- options]

  --url <url>          the server (http://127.0.0.1:7770)
  --token <token>      for a server that needs one
  --seed <n>           of the figures in them (1); seeds other than 1 have ids of their own
  --taskspaces <n>     how many, 1–1000 (10)
  --help               this page

May be killed and run again: it goes on where it stopped. What is complete stays as it is.

Exit:   0 all are there; 1 something failed; 2 wrong usage.
`;

export interface DemoOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly seed: number;
  readonly taskspaces: number;
}

/** The options, or null when the page above was asked for. Throws UsageError. */
export function readDemoArguments(args: readonly string[]): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const { url = 'http://127.0.0.1:7770', token } = values;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`--url ${url} must be like http://127.0.0.1:7770.`);
  return {
    url: url.replace(/\/+$/, ''),
    token,
    seed: whole('--seed', values.seed ?? '1', 0, 2 ** 31),
    taskspaces: whole('--taskspaces', values.taskspaces ?? '10', 1, 1000),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ url: { type: 'string' }, token: { type: 'string' }, seed: { type: 'string' } },
        ...{ taskspaces: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      },
    } as const).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}.`);
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${name} ${text} must be a whole number from ${min} to ${max}.`);
}
