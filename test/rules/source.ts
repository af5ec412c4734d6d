/** The project's source files and what they import, read by the compiler's own parser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** What is taken by name; empty for a namespace, a default or a dynamic import. */
  readonly names: readonly string[];
  readonly typeOnly: boolean;
}

/** TypeScript and JavaScript files below the folders. */
export function sourcesIn(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        path: file.slice(ROOT.length).split(sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  );
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  visit(ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest));
  return found;

  function visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node)) found.push(importOf(node));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      found.push({ from: specifier(node.moduleSpecifier), names: [], typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && isLoad(node.expression)) {
      const [argument] = node.arguments;
      if (argument !== undefined) found.push({ from: specifier(argument), names: [], typeOnly: false });
    }
    ts.forEachChild(node, visit);
  }
}

function importOf({ importClause, moduleSpecifier }: ts.ImportDeclaration): Import {
  const bindings = importClause?.namedBindings;
  const elements = bindings !== undefined && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
  const values = elements.filter((element) => !element.isTypeOnly);
  const clauseIsType = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return {
    from: specifier(moduleSpecifier),
    names: values.map((element) => (element.propertyName ?? element.name).text),
    typeOnly:
      clauseIsType || (elements.length > 0 && values.length === 0 && importClause?.name === undefined),
  };
}

function isLoad(expression: ts.Expression): boolean {
  const name = ts.isIdentifier(expression) ? expression.text : '';
  return expression.kind === ts.SyntaxKind.ImportKeyword || name === 'require';
}

function specifier(node: ts.Expression): string {
  return ts.isStringLiteralLike(node) ? node.text : '(computed)';
}
