/**
 * The command lines of scripts that take no options, or only names: `--help` shows the page, anything unknown
 * is one line and exit code 2, before anything is done.
 */

/**
 * @param {readonly string[]} args what stands after the script.
 * @param {string} page what `--help` prints.
 * @param {(arg: string) => boolean} known whether an argument is one that the script takes.
 * @param {string} hint what to do instead, one sentence.
 */
export function checkArguments(args, page, known, hint) {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(`${page.trim()}\n`);
    process.exit(0);
  }
  const unknown = args.find((arg) => !known(arg));
  if (unknown === undefined) return;
  process.stderr.write(`There is no ${unknown} here. ${hint}\n`);
  process.exit(2);
}

/**
 * What Node's `parseArgs` has thrown, in one sentence: what follows in it is about its own syntax, or about
 * positional arguments.
 * @param {unknown} error
 */
export function optionFault(error) {
  const text = error instanceof Error ? error.message : String(error);
  const name = /^Option '[^']*?(--[\w-]+)[^']*' argument (?:is ambiguous|missing)/.exec(text)?.[1];
  if (name !== undefined) return `${name} needs a value; one that begins with a dash is written ${name}=-x.`;
  return `${text.split(/\. |\.?\n/)[0]}.`;
}
