/** What the texts name exists: calls, commands with their options, files of the data folder. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeService } from './fake-service.js';
import { startServer } from './harness.js';

const ROOT = join(import.meta.dirname, '../..');
/** The paragraph of README that says what is missing may name it. */
const MISSING = /- Not in this version[\s\S]*?\n(?=\n|- )/;
/** Sections and lines that are marked as what is agreed and not built yet. */
const PLANNED = [/^## [^\n]*\(planned\)\n[\s\S]*?(?=^## |(?![\s\S]))/gm, /^.*\*\*\(planned\)\*\*.*$/gm];

function filesUnder(folder: string, name: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => name.test(file));
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const sources = filesUnder('src', /\.ts$/);
const pages = ['README.md', 'data/README.md', ...filesUnder('docs', /^docs\/[^/]+\.md$/)];
const texts = [...pages, ...sources, ...filesUnder('examples', /\.(mjs|md)$/)].map((file) => ({
  file,
  text: PLANNED.reduce((text, planned) => text.replace(planned, ''), read(file).replace(MISSING, '')),
}));

function named(pattern: RegExp): { file: string; found: RegExpMatchArray }[] {
  return texts.flatMap(({ file, text }) => [...text.matchAll(pattern)].map((found) => ({ file, found })));
}

describe('what the texts name', () => {
  let templates: RegExp[];

  beforeAll(async () => {
    const server = await startServer({ service: fakeService({}) });
    const { paths } = (await server.ask('GET', '/openapi.json')).json as { paths: object };
    templates = Object.keys(paths).map(
      (path) => new RegExp(`^${path.replaceAll('/{path}', '/.+').replace(/\{\w+\}/g, '[^/]+')}$`),
    );
  });

  it('are calls of this server', () => {
    const calls = [
      ...named(/\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) (\/[\w/:*.<>{}$-]+)/g),
      ...named(/[`'"](\/api\/[\w/:*.<>{}$-]+)/g),
    ].map(({ file, found }) => [file, (found[1] ?? '').replace(/[.:]+$/, '')] as const);
    expect(calls.length).toBeGreaterThan(30);
    const isCall = (path: string): boolean =>
      path.endsWith('/') || path === '/api' || templates.some((template) => template.test(path));
    expect(calls.filter(([, path]) => !isCall(path))).toEqual([]);
  });

  it('are commands of this package, with options that they know', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = named(/npm run ([a-z:]+)((?: --)?(?: [^\s`'"|,;()]+)*)/g).flatMap(({ file, found }) => {
      const [, name = '', rest = ''] = found;
      const command = scripts[name];
      if (command === undefined) return [[file, name]];
      const code = codeOf(command);
      return (rest.match(/--[a-z][a-z-]*/g) ?? [])
        .filter((option) => !code.includes(option))
        .map((option) => [file, name, option]);
    });
    expect(missing).toEqual([]);
  });

  it('are files that this code makes', () => {
    const code = sources.map(read).join('\n');
    const files = [...read('data/README.md').matchAll(/^[├└│ ]+── ([\w.-]+)/gmu)].map(
      ([, name]) => name ?? '',
    );
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((name) => !new RegExp(`['\x60/]${name.replaceAll('.', '\\.')}`).test(code))).toEqual(
      [],
    );
  });
});

/** The script of a command and what lies in the folder of its name. */
function codeOf(command: string): string {
  const script = /scripts\/([\w-]+)\.(mjs|ts)/.exec(command);
  if (script === null) return command;
  const folder = `scripts/${script[1]}`;
  const parts =
    existsSync(join(ROOT, folder)) && statSync(join(ROOT, folder)).isDirectory()
      ? filesUnder(folder, /\.(ts|mjs)$/)
      : [];
  return [script[0], ...parts].map(read).join('\n');
}
