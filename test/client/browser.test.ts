/**
 * The client belongs to browsers as well: its sources and its declarations compile with what a browser has,
 * nothing of Node and no package, for a program as strict as can be.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { emitClientDeclarations } from '../../scripts/client-declarations.mjs';

const folder = mkdtempSync(join(tmpdir(), 'taskspace-browser-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BROWSER: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
};

const PAGE = `
import { ApiError, createClient, type Message, type Task } from './client/index.js';
const client = createClient({ url: location.origin });
export async function show(list: HTMLElement, signal: AbortSignal): Promise<void> {
  const tasks: Task[] = [...(await client.plan.get('t')).value.tasks];
  list.append(...tasks.map(({ name }) => name));
  for await (const message of client.messages.follow('t', { after: 'now', signal })) add(message);
  for await (const event of client.events.of('t', { signal }))
    if (event.type === 'change') list.append(event.change.types.join());
  await client.plan.claimLoop('t', { agent: 'page', signal }, async (task, work) => {
    await work.heartbeat();
    return { did: task.id };
  });
  function add({ content }: Message): void {
    list.append(content);
  }
}
export const why = (error: unknown): string => (error instanceof ApiError ? error.code : '');
`;

function textOf(diagnostics: readonly ts.Diagnostic[]): string[] {
  return diagnostics.map(
    ({ file, messageText }) =>
      `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}

describe('the client in a browser', () => {
  it('compiles without anything of Node, and so does a page that uses its declarations', () => {
    const sources = emitClientDeclarations(folder);
    const own = sources.getSourceFiles().filter(({ fileName }) => fileName.includes('/src/client/'));
    expect(own.length).toBeGreaterThan(20);
    expect(own.flatMap((file) => textOf(sources.getSemanticDiagnostics(file)))).toEqual([]);

    expect(readFileSync(join(folder, 'contract/plan.d.ts'), 'utf8')).toContain(
      '/** How often the task was claimed. */\n',
    );
    const page = join(folder, 'page.ts');
    writeFileSync(page, PAGE);
    const used = ts.createProgram([page], { ...BROWSER, noEmit: true });
    const mine = used.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
    expect(mine.length).toBeGreaterThan(20);
    expect(mine.flatMap((file) => textOf(used.getSemanticDiagnostics(file)))).toEqual([]);
    const others = used.getSourceFiles().filter(({ fileName }) => !fileName.startsWith(folder));
    expect(others.filter(({ fileName }) => !/\/typescript\/lib\/lib\.[\w.]+$/.test(fileName))).toEqual([]);
  });
});
