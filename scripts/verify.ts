/**
 * Checks every record, object and plain file of a data folder. Reads only; the server may run meanwhile.
 *
 * Usage:  npm run verify [-- [--data <folder>] [<taskspace id>…]]       default: DATA_DIR, else ./data
 * Output: a line for each finding (damage, warning, note) and a summary.
 * Exit:   0 no damage · 1 damage found · 2 wrong usage
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { taskspacesFolder } from '../src/store/files/paths.js';
import { type Finding, verifyTaskspace } from '../src/store/files/verify.js';
import { optionFault } from './usage.mjs';

const USAGE = 'Usage: npm run verify [-- [--data <folder>] [<taskspace id>…]]';

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const dataDir = path.resolve(values.data ?? process.env.DATA_DIR ?? './data');
  if (!fs.existsSync(taskspacesFolder(dataDir)))
    throw new UsageError(`There are no taskspaces in ${dataDir}. Name the data folder with --data <folder>.`);
  const there = fs
    .readdirSync(taskspacesFolder(dataDir), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'));
  const folders = there.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const unknown = positionals.find((id) => !folders.includes(id));
  if (unknown !== undefined) throw new UsageError(`There is no taskspace "${unknown}" in ${dataDir}.`);
  const ids = positionals.length > 0 ? positionals : folders.sort();
  const totals = { commits: 0, objects: 0, files: 0 };
  const count: Record<Finding['severity'], number> = { damage: 0, warning: 0, note: 0 };
  const odd = positionals.length > 0 ? [] : there.filter((entry) => !entry.isDirectory());
  for (const { name } of odd) {
    count.warning++;
    console.log(`warning  ${name}  is not a folder, and no taskspace: move it away`);
  }
  for (const [i, id] of ids.entries()) {
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${i + 1}/${ids.length} ${id}`);
    const verified = await verifyTaskspace(dataDir, id);
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
    totals.commits += verified.commits;
    totals.objects += verified.objects;
    totals.files += verified.files;
    for (const { severity, part, detail } of verified.findings) {
      count[severity]++;
      console.log(`${severity.padEnd(7)}  ${id}  ${part}: ${detail}`);
    }
  }
  console.log(
    `${ids.length} taskspaces: ${totals.commits} commits, ${totals.objects} objects and ${totals.files} plain files checked; ` +
      `${count.damage} damaged, ${count.warning} warnings, ${count.note} notes`,
  );
  return count.damage > 0 ? 1 : 0;
}

class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(`${optionFault(error)} ${USAGE}`);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 2;
  },
);
