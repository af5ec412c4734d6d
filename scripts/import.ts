/**
 * Imports recorded agent runs, chat transcripts and folders into a running server, over HTTP.
 *
 * Usage:   npm run import -- <file or folder>… [--url …] [--actor …] [--id …] [--replace] [--dry-run]
 *          (--help says all)
 * Output:  a bar on a terminal, one line a source otherwise, and a summary; wrong usage goes to stderr.
 * Exit:    0 everything is on the server; 1 something failed, or has changed and needs --replace; 2 wrong
 *          usage.
 *
 * May be killed and run again at any time: it goes on where it stopped, and what is complete is never written
 * twice.
 */
import { ApiError, createClient } from '../src/client/index.js';
import { HELP, type Options, readArguments, UsageError } from './import/arguments.js';
import { importSource } from './import/import-source.js';
import { createReport } from './import/report.js';
import { listSources } from './import/source-list.js';

const FOLDER_WEIGHT = 1_000_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === null) {
      process.stdout.write(HELP);
      return 0;
    }
    return await importAll(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message} \`npm run import -- --help\` explains.\n`);
    return 2;
  }
}

async function importAll(options: Options): Promise<number> {
  const { sources, bad, notes } = await listSources(options.sources, options.as);
  if (options.id !== undefined && sources.length + bad.length !== 1) {
    throw new UsageError(`--id names one taskspace, but there are ${sources.length + bad.length} sources.`);
  }
  const client = createClient({ url: options.url, actor: options.actor, token: options.token });
  const weights = new Map(sources.map(({ label, size }) => [label, size || FOLDER_WEIGHT]));
  const report = createReport(process.stdout, weights, options.dryRun);
  for (const note of notes) report.note(note);
  for (const { label, reason } of bad) report.line('failed', label, reason);
  const taken = new Map<string, string>();
  try {
    for (const source of sources) await importSource(client, source, options, taken, report);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    report.end();
    process.stderr.write(
      `${error.detail} Start a server with \`npm run prod\`, or name one with --url; then run this again: it goes on where it stopped.\n`,
    );
    return 1;
  }
  return report.end() ? 0 : 1;
}
