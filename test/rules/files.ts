/** The rules of taste that a machine can see, as a pure function over files. */
import { basename } from 'node:path/posix';
import ts from 'typescript';
import type { Source } from './source.js';

const LINES_MAX = 400;
const COMMENT_COLUMNS_MAX = 110;
/** Three to eight lines of words; a picture of what a file describes may stand with them. */
const HEAD_LINES_MAX = 20;
const EMPTY_NAMES = /(^|-)(utils?|helpers?|managers?|common|misc)(-|\.|$)/;
const MAY_EXPORT_DEFAULT = new Set(['vitest.config.ts']);

/** @returns one line for each place that breaks a rule. */
export function fileFaults({ path, text }: Source): string[] {
  const name = basename(path);
  const lines = text.split('\n').length - 1;
  const head = /^(?:#!.*\n)?\/\*\*[\s\S]*?\*\//.exec(text)?.[0];
  return [
    ...(lines > LINES_MAX ? [`${path} has ${lines} lines: at most ${LINES_MAX}, one idea a file`] : []),
    ...(/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name) ? [] : [`${path} is not named in kebab-case`]),
    ...(EMPTY_NAMES.test(name) ? [`${path} is named for nothing: name the noun that it holds`] : []),
    ...(path.startsWith('src/') && head === undefined ? [`${path} does not open with a comment`] : []),
    ...((head?.split('\n').length ?? 0) > HEAD_LINES_MAX && path.startsWith('src/')
      ? [`${path} opens with more than a few lines: what it is, what it keeps true, what it never does`]
      : []),
    ...longComments(text).map(
      (line) => `${path}:${line} has a comment of more than ${COMMENT_COLUMNS_MAX} columns`,
    ),
    ...(hasDefaultExport(path, text) && !MAY_EXPORT_DEFAULT.has(path)
      ? [`${path} has a default export`]
      : []),
    ...(path.startsWith('src/') && onlyReexports(path, text)
      ? [`${path} only passes on what others export`]
      : []),
  ];
}

/** Numbers of the lines that are nothing but a comment and go too far. */
function longComments(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      /^\s*(\/\/|\/?\*)/.test(line) && [...line].length > COMMENT_COLUMNS_MAX ? [i + 1] : [],
    );
}

function hasDefaultExport(path: string, text: string): boolean {
  return parsed(path, text).some(
    (statement) =>
      (ts.isExportAssignment(statement) && statement.isExportEquals !== true) ||
      (ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true),
  );
}

/** A barrel between rooms hides who depends on whom. The client's index is the package's entry. */
function onlyReexports(path: string, text: string): boolean {
  const statements = parsed(path, text);
  return path !== 'src/client/index.ts' && statements.length > 0 && statements.every(ts.isExportDeclaration);
}

function parsed(path: string, text: string): readonly ts.Statement[] {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest).statements;
}
