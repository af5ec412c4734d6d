/**
 * Compiles test/fault/fault-program.ts and what it imports, once for each state of the sources: a server that
 * starts from compiled files is up in a fraction of the time, and the tests start hundreds of workers. Types
 * are not checked here; `npm run check` does that.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILDS = join(ROOT, '.cache', 'fault');
const PROGRAM = 'test/fault/fault-program';
/** Started by its name, and so imported by nobody. */
const THREAD = 'src/catalog/thread';
const SOURCES = ['src', 'test/fault', 'test/kit'];

/** The compiled program's file. */
export async function faultProgram(): Promise<string> {
  const build = join(BUILDS, stampOfSources());
  if (!existsSync(build)) compile(build);
  return join(build, `${PROGRAM}.js`);
}

function compile(build: string): void {
  mkdirSync(BUILDS, { recursive: true });
  const fresh = mkdtempSync(join(BUILDS, 'new-'));
  ts.createProgram([join(ROOT, `${PROGRAM}.ts`), join(ROOT, `${THREAD}.ts`)], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    noCheck: true,
    skipLibCheck: true,
    rootDir: ROOT,
    outDir: fresh,
  }).emit();
  try {
    renameSync(fresh, build);
  } catch (error) {
    // Another run has built the same meanwhile.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(build)) throw error;
  }
}

function stampOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true }).map(String).sort()) {
      const stat = statSync(join(ROOT, folder, name));
      if (stat.isFile()) hash.update(`${folder}/${name}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
