/** The command line of `npm run import`: what it takes, and what it says about itself. */
import { parseArgs } from 'node:util';
import { optionFault } from '../usage.mjs';
import type { As } from './source-list.js';

export const HELP = `Imports recorded runs, chat transcripts and folders into a Taskspace server.

Usage:  npm run import -- <file or folder>… [options]

  --url <url>        the server (http://127.0.0.1:7770)
  --actor <name>     who imports: owner of new taskspaces, author of what they hold (import)
  --token <token>    for a server that needs one
  --id <id>          of the taskspace, when there is exactly one source
  --as runs|folder|file
                     what a folder is, if the rule below guesses wrong; file: keep the bytes of a file of any kind
  --replace          a source that has changed: delete its taskspace and make it anew
  --dry-run          read everything, ask the server, write nothing
  --help             this page

Each source becomes one taskspace: a folder, every file in it an artifact under its relative path (.git, node_modules,
.taskspace, symlinks and special files are left out, and said so; empty folders leave no trace), or a file of one of these
forms, which is told by what is in it, not by its name:

  sessions of Claude Code, Codex, Gemini CLI; events of OpenHands; runs of SWE-agent (history → messages, trajectory →
  plan, info.submission → submission.patch) and mini-SWE-agent; exports of ChatGPT and claude.ai; LangSmith runs; AutoGen
  messages and cassettes; fine-tuning examples; lists of Responses items; chat transcripts, one message a line or in a list,
  as OpenAI, Anthropic, LangChain, Gemini, Bedrock and user interfaces write them.

JSON lines, or one JSON document. A line that is none, a cut end, NUL bytes cost themselves alone and are noted. Branches,
side chains and examples become conversations of their own. When a message was made stands in its metadata as "at"; what has
no place in a message is in its metadata or the taskspace's data; the file itself is kept under source/.

A folder is a list of runs instead, when all that lies directly in it is .traj, .jsonl, .ndjson or .json of a form above, not
counting README*, LICENSE* and names that begin with a dot.

The id is the file's name without extension, in lower case, with - for other characters, cut to 64. If another file
has that id, the beginning of the source's SHA-256 is appended.

A source that is on the server already is left alone; an import that was interrupted goes on where it stopped. Text
above the server's 256 KiB is kept whole as an artifact under long/, a file that stands in a message under files/; the
message or task then names it.

Exit:   0 everything is on the server; 1 something failed, or has changed and needs --replace; 2 wrong usage.
`;

export interface Options {
  readonly sources: readonly string[];
  readonly url: string;
  readonly actor: string;
  readonly token: string | undefined;
  readonly id: string | undefined;
  readonly as: As;
  readonly replace: boolean;
  readonly dryRun: boolean;
}

export class UsageError extends Error {}

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The options, or null when the page above was asked for. Throws UsageError. */
export function readArguments(args: readonly string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const { url = 'http://127.0.0.1:7770', actor = 'import', token, id, as } = values;
  if (positionals.length === 0) throw new UsageError('Name at least one file or folder.');
  if (id !== undefined && !ID.test(id)) throw new UsageError(`--id ${id} must match ${ID.source}.`);
  if (as !== undefined && as !== 'runs' && as !== 'folder' && as !== 'file')
    throw new UsageError(`--as ${as} must be runs, folder or file.`);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`--url ${url} must be like http://127.0.0.1:7770.`);
  if (actor === '' || [...actor].length > 128) throw new UsageError('--actor must have 1 to 128 characters.');
  return {
    ...{ sources: positionals, url, actor, token, id, as },
    replace: values.replace ?? false,
    dryRun: values['dry-run'] ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...{ url: { type: 'string' }, actor: { type: 'string' }, token: { type: 'string' } },
        ...{ id: { type: 'string' }, as: { type: 'string' }, replace: { type: 'boolean' } },
        ...{ 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      },
    } as const);
  } catch (error) {
    throw new UsageError(optionFault(error));
  }
}
