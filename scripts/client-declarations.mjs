/**
 * Declarations of the client, for whoever imports it: `emitClientDeclarations(folder)`.
 *
 * Types of the contract are inferred from its schemas, and a declaration that said so would make every reader
 * install the schemas' library. So the contract's files get declarations of their own: each exported type as
 * the compiler resolves it, and nothing else.
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
      const text = resolvedTypes(file, checker);
      if (text === '') continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    } else if (file.fileName.startsWith(SRC)) program.emit(file, undefined, undefined, true);
  }
  return program;
}

const FLAGS =
  ts.NodeBuilderFlags.NoTruncation |
  ts.NodeBuilderFlags.InTypeAlias |
  ts.NodeBuilderFlags.MultilineObjectLiterals;

/** Puts what a schema says of its members before those of the type that follows from it. */
function describeMembers(node, type, checker) {
  if (ts.isTypeOperatorNode(node)) describeMembers(node.type, type, checker);
  else if (ts.isArrayTypeNode(node))
    describeMembers(node.elementType, checker.getIndexTypeOfType(type, ts.IndexKind.Number), checker);
  else if (ts.isUnionTypeNode(node)) {
    const part = node.types.find((one) => ts.isTypeLiteralNode(one) || ts.isTypeOperatorNode(one));
    if (part !== undefined) describeMembers(part, checker.getNonNullableType(type), checker);
  } else if (ts.isTypeLiteralNode(node)) {
    for (const member of node.members.filter(ts.isPropertySignature)) {
      const symbol = checker.getPropertyOfType(type, member.name.text);
      const text = descriptionIn(symbol?.declarations?.[0]);
      if (text !== undefined)
        ts.addSyntheticLeadingComment(member, ts.SyntaxKind.MultiLineCommentTrivia, `* ${text} `, true);
      if (symbol !== undefined) describeMembers(member.type, checker.getTypeOfSymbol(symbol), checker);
    }
  }
}

/** The text in `.describe('…')` or `.meta({ description: '…' })` at the end of a member's schema. */
function descriptionIn(declaration) {
  const call = declaration?.initializer;
  if (call === undefined || !ts.isCallExpression(call)) return undefined;
  const [argument] = call.arguments;
  if (argument === undefined) return undefined;
  const text = ts.isObjectLiteralExpression(argument)
    ? argument.properties.find(({ name }) => name?.text === 'description')?.initializer
    : argument;
  return text !== undefined && ts.isStringLiteral(text) ? text.text : undefined;
}

/** The exported types of a file, and its imports of types that these name; '' when it exports none. */
function resolvedTypes(file, checker) {
  const printer = ts.createPrinter();
  const print = (node) => printer.printNode(ts.EmitHint.Unspecified, node, file);
  const types = file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return [statement.getText(file)];
    if (!isExported(statement)) return [];
    if (ts.isInterfaceDeclaration(statement)) return [statement.getFullText(file).trim()];
    if (!ts.isTypeAliasDeclaration(statement) || statement.typeParameters !== undefined) return [];
    const comment = statement.getFullText(file).slice(0, statement.getLeadingTriviaWidth(file)).trim();
    const type = checker.getTypeAtLocation(statement.name);
    const node = checker.typeToTypeNode(type, statement, FLAGS);
    describeMembers(node, type, checker);
    return [`${comment}\nexport type ${statement.name.text} = ${print(node)};`.trim()];
  });
  if (types.length === 0) return '';
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
