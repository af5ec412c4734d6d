/**
 * Hooks that vitest would never call. It takes those that are registered while a file is read; one that is
 * registered in a test, in another hook or in an async function comes too late, and nothing says so.
 */
import ts from 'typescript';
import type { Source } from './source.js';

const HOOKS = new Set(['beforeAll', 'afterAll', 'beforeEach', 'afterEach']);
const RUN_LATER = new Set([...HOOKS, 'it', 'test', 'onTestFinished']);

/** @returns one line for each hook that is registered too late. */
export function hookFaults({ path, text }: Source): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  visit(file, false);
  return found;

  function visit(node: ts.Node, isLate: boolean): void {
    if (isLate && ts.isCallExpression(node) && HOOKS.has(called(node))) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(
        `${path}:${line + 1} registers ${called(node)} too late: test/kit/at-end.ts closes at the end`,
      );
    }
    const late = isLate || (ts.isFunctionLike(node) && (isAsync(node) || runsLater(node)));
    ts.forEachChild(node, (child) => visit(child, late));
  }
}

function isAsync(node: ts.SignatureDeclaration): boolean {
  return (
    ts.canHaveModifiers(node) && !!node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)
  );
}

/** Whether it is the callback of a test or of a hook. */
function runsLater({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && RUN_LATER.has(called(parent));
}

/** The name of what is called, also of `it.each(rows)(…)`. */
function called({ expression }: ts.CallExpression): string {
  let name: ts.Expression = expression;
  while (ts.isCallExpression(name) || ts.isPropertyAccessExpression(name)) name = name.expression;
  return ts.isIdentifier(name) ? name.text : '';
}
