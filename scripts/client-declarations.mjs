/**
 * Declarations of the client, for whoever imports it: `emitClientDeclarations(folder)`.
 *
 * Types of the contract are inferred from its schemas, and a declaration that said so would make every reader
 * install the schemas' library. So the contract's files get declarations of their own: each exported type as the
 * compiler resolves it, and nothing else.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const CONTRACT = join(SRC, 'contract/');

/** What a browser has, and nothing of Node. */
const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
  rootDir: SRC,
};

/**
 * Writes `client/*.d.ts` and what these import.
 * @param {string} folder takes the place of src/.
 * @returns {ts.Program} of the client's sources, for their diagnostics.
 */
export function emitClientDeclarations(folder) {
  const program = ts.createProgram([join(SRC, 'client/index.ts')], { ...OPTIONS, outDir: folder });
  const checker = program.getTypeChecker();
  for (const file of program.getSourceFiles()) {
    if (file.fileName.startsWith(CONTRACT)) {
      const target = join(folder, file.fileName.slice(SRC.length).replace(/\.ts$/, '.d.ts'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, resolvedTypes(file, checker));
    } else if (file.fileName.startsWith(SRC)) program.emit(file, undefined, undefined, true);
  }
  return program;
}

const FLAGS =
  ts.NodeBuilderFlags.NoTruncation |
  ts.NodeBuilderFlags.InTypeAlias |
  ts.NodeBuilderFlags.MultilineObjectLiterals;

/** The exported types of a file, and its imports of types that these name. */
function resolvedTypes(file, checker) {
  const printer = ts.createPrinter();
  const print = (node) => printer.printNode(ts.EmitHint.Unspecified, node, file);
  const types = file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return [statement.getText(file)];
    if (!isExported(statement)) return [];
    if (ts.isInterfaceDeclaration(statement)) return [statement.getFullText(file).trim()];
    if (!ts.isTypeAliasDeclaration(statement) || statement.typeParameters !== undefined) return [];
    const comment = statement.getFullText(file).slice(0, statement.getLeadingTriviaWidth(file)).trim();
    const type = checker.typeToTypeNode(checker.getTypeAtLocation(statement.name), statement, FLAGS);
    return [`${comment}\nexport type ${statement.name.text} = ${print(type)};`.trim()];
  });
  const text = types.join('\n');
  const imports = file.statements
    .filter(ts.isImportDeclaration)
    .flatMap(({ importClause, moduleSpecifier }) => {
      const used = (importClause?.namedBindings?.elements ?? [])
        .filter(({ isTypeOnly }) => isTypeOnly || importClause.phaseModifier === ts.SyntaxKind.TypeKeyword)
        .map(({ name }) => name.text)
        .filter((name) => new RegExp(`\\b${name}\\b`).test(text));
      return used.length === 0 ? [] : [`import type { ${used.join(', ')} } from '${moduleSpecifier.text}';`];
    });
  return `${[...imports, text].join('\n')}\n`;
}

function isExported(statement) {
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}
