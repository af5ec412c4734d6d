/** The command line of `npm run demo`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../import/arguments.js';
import { optionFault } from '../usage.mjs';
import type { CrowdShape } from './crowd/member.js';

export const HELP = `Fills a Taskspace server with taskspaces that look like real work: the first ten are written by
hand, all others are generated, no two alike.

Usage:  npm run demo [-- options]

  --url <url>          the server (http://127.0.0.1:7770)
  --token <token>      for a server that needs one
  --into <folder>      instead: into the data folder of a server that is stopped, without a request; many times faster
  --seed <n>           of all that looks like chance (1); seeds other than 1 have ids of their own
  --taskspaces <n>     how many, 1–1000000 (10)
  --owners <n>         of those that are generated (one for 25 of them, 5–2000)
  --messages <n>       in each of those, on average (10)
  --artifacts <n>      in each of those, on average (2)
  --help               this page

May be killed and run again: it goes on where it stopped. What is complete stays as it is.

Exit:   0 all are there; 1 something failed; 2 wrong usage.
`;

export interface DemoOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** A data folder, in place of a server. */
  readonly into: string | undefined;
  readonly taskspaces: number;
  readonly crowd: CrowdShape;
}

/** The options, or null when the page above was asked for. Throws UsageError. */
export function readDemoArguments(args: readonly string[]): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const { url = 'http://127.0.0.1:7770', token, into } = values;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`--url ${url} must be like http://127.0.0.1:7770.`);
  if (into !== undefined && (values.url !== undefined || token !== undefined))
    throw new UsageError('--into takes no server: leave --url and --token out, or --into.');
  const taskspaces = whole('--taskspaces', values.taskspaces ?? '10', 1, 1_000_000);
  const owners = String(Math.min(2000, Math.max(5, Math.ceil(taskspaces / 25))));
  return {
    url: url.replace(/\/+$/, ''),
    token,
    into,
    taskspaces,
    crowd: {
      seed: whole('--seed', values.seed ?? '1', 0, 2 ** 31),
      owners: whole('--owners', values.owners ?? owners, 1, 100_000),
      messages: whole('--messages', values.messages ?? '10', 0, 10_000),
      artifacts: whole('--artifacts', values.artifacts ?? '2', 0, 1_000),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ url: { type: 'string' }, token: { type: 'string' }, into: { type: 'string' } },
        ...{ seed: { type: 'string' }, taskspaces: { type: 'string' }, owners: { type: 'string' } },
        ...{ messages: { type: 'string' }, artifacts: { type: 'string' } },
        help: { type: 'boolean', short: 'h' },
      },
    } as const).values;
  } catch (error) {
    throw new UsageError(optionFault(error));
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${name} ${text} must be a whole number from ${min} to ${max}.`);
}
