/** Sentences and files made of the words: prose in several languages, code, tables, settings. */
import type { Random } from '../random.js';
import { csv, lines } from '../scenario.js';
import { CODE_NAMES, NOUNS, PLACES, SENTENCES } from './words.js';

export const FILES = [
  ...['notes.md', 'docs/decision.md', 'docs/How to.md', 'src/import.ts', 'src/label_printer.py'],
  ...['sql/orders.sql', 'config/settings.json', 'config/pipeline.yaml', 'data/counts.csv', 'run.sh'],
] as const;

export function sentence(random: Random): string {
  return fill(random, random.pick(SENTENCES));
}

export function paragraph(random: Random, sentences: number): string {
  return Array.from({ length: sentences }, () => sentence(random)).join(' ');
}

/** What stands in braces is chosen anew each time. */
function fill(random: Random, text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, what: string) => {
    if (what === 'noun') return random.pick(NOUNS);
    if (what === 'name') return random.pick(CODE_NAMES);
    if (what === 'file') return random.pick(FILES);
    if (what === 'place') return random.pick(PLACES);
    return String(random.whole(2, 980));
  });
}

/** The text of a file by its path; `version` makes revisions differ. */
export function fileText(random: Random, path: string, version: number): string {
  const make = TEXTS[path.slice(path.lastIndexOf('.') + 1)] ?? markdown;
  return make(random, version);
}

const TEXTS: Record<string, (random: Random, version: number) => string> = {
  ts: (random, version) => {
    const name = random.pick(CODE_NAMES);
    return lines(
      `/** ${sentence(random)} */`,
      `export function ${name}(rows: readonly string[], limit = ${random.whole(10, 500)}): string[] {`,
      `  const kept = rows.filter((row) => row.length > ${version});`,
      `  // ${sentence(random)}`,
      `  return kept.slice(0, limit).map((row) => ${random.pick(CODE_NAMES)}(row));`,
      '}',
      '',
      `function ${random.pick(CODE_NAMES)}(row: string): string {`,
      '  return row.trim().toLowerCase();',
      '}',
    );
  },
  py: (random, version) =>
    lines(
      `"""${sentence(random)}"""`,
      'import csv',
      '',
      `VERSION = ${version}`,
      '',
      `def ${random.pick(CODE_NAMES)}(path):`,
      `    # ${sentence(random)}`,
      '    with open(path, newline="", encoding="utf-8") as file:',
      `        return [row for row in csv.reader(file) if ${random.pick(CODE_NAMES)}(row)]`,
    ),
  sql: (random, version) =>
    lines(
      `-- ${sentence(random)}`,
      `SELECT owner, count(*) AS ${random.pick(NOUNS).toLowerCase()}_count`,
      `FROM orders WHERE created_at > now() - interval '${version * random.whole(1, 30)} days'`,
      'GROUP BY owner ORDER BY 2 DESC;',
    ),
  json: (random, version) =>
    `${JSON.stringify({ version, [random.pick(CODE_NAMES)]: random.whole(1, 900), note: sentence(random) }, null, 2)}\n`,
  yaml: (random, version) =>
    lines(
      `# ${sentence(random)}`,
      `version: ${version}`,
      'steps:',
      ...Array.from(
        { length: random.whole(2, 5) },
        () => `  - run: ${random.pick(CODE_NAMES)} --limit ${random.whole(1, 90)}`,
      ),
    ),
  csv: (random) =>
    csv(
      ['place', 'subject', 'count'],
      Array.from({ length: random.whole(8, 40) }, () => [
        random.pick(PLACES),
        random.pick(NOUNS),
        random.whole(0, 5000),
      ]),
    ),
  sh: (random, version) =>
    lines('#!/bin/sh', `# ${sentence(random)}`, 'set -eu', `${random.pick(CODE_NAMES)} --round ${version}`),
};

export function markdown(random: Random, version: number): string {
  return lines(
    `# ${random.pick(NOUNS)} and ${random.pick(NOUNS)}, version ${version}`,
    '',
    paragraph(random, random.whole(2, 6)),
    '',
    ...Array.from({ length: random.whole(2, 5) }, () => `- ${sentence(random)}`),
    '',
    '```ts',
    `const ${random.pick(CODE_NAMES)} = ${random.pick(CODE_NAMES)}(${random.whole(1, 99)});`,
    '```',
  );
}
