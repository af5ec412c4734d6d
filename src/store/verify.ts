/**
 * Checks a taskspace's folder, reading only: every record of the journal, every object it names, every plain file.
 *
 * Damage is what a reader of the API would meet or miss; a warning is a plain file that somebody else changed or that
 * lags behind; a note is what races and crashes leave behind without harm.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { liveOf } from '../domain/artifact.js';
import { isLive, type State } from '../domain/state.js';
import { nodeFiles } from '../journal/files.js';
import { Journal } from '../journal/journal.js';
import { Objects } from './objects.js';
import { METADATA_FILE, objectsFolder, PLAN_FILE, taskspaceFolder, temporaryFolder } from './paths.js';
import { metadataFile, planFile } from './plain-content.js';
import { artifactFile } from './plain-files.js';

export interface Finding {
  readonly severity: 'damage' | 'warning' | 'note';
  readonly part: 'journal' | 'object' | 'file';
  readonly detail: string;
}

export interface Verified {
  readonly id: string;
  readonly commits: number;
  readonly objects: number;
  readonly files: number;
  readonly findings: readonly Finding[];
}

/** Bytes read at once when hashing. */
const CHUNK_BYTES = 1024 * 1024;

export async function verifyTaskspace(dataDir: string, id: string): Promise<Verified> {
  const folder = taskspaceFolder(dataDir, id);
  const findings: Finding[] = [];
  const journal = await verifyJournal(id, folder, findings);
  if (!journal) return { id, commits: 0, objects: 0, files: 0, findings };
  const { state } = journal;
  const objects = await verifyObjects(state, folder, findings);
  const files = await verifyFiles(state, folder, findings);
  return { id, commits: state.commit, objects, files, findings };
}

async function verifyJournal(id: string, folder: string, findings: Finding[]): Promise<Journal | null> {
  const journal = new Journal({ id, folder }, { files: nodeFiles, now: Date.now, newId: () => '' });
  journal.mayUseSnapshot = () => false;
  let voids = 0;
  journal.onVoid = () => {
    voids++;
  };
  const damage = (detail: string): void =>
    void findings.push({ severity: 'damage', part: 'journal', detail });
  try {
    await journal.load();
  } catch (error) {
    damage(`the journal cannot be read: ${(error as Error).message}`);
    return null;
  }
  if (journal.fault) damage(journal.fault.message);
  if (journal.fault) return null;
  const { state, chain, seen } = journal;
  if (state.poisoned !== null)
    damage(`a write could not be brought to disk (${state.poisoned}): no write is taken`);
  if (seen === null)
    findings.push({ severity: 'note', part: 'journal', detail: 'a folder without a journal' });
  if (voids > 0)
    findings.push({ severity: 'note', part: 'journal', detail: `${voids} void line(s), skipped` });
  const torn = (seen?.size ?? 0) - chain.end;
  if (torn > 0)
    findings.push({ severity: 'note', part: 'journal', detail: `a torn tail of ${torn} bytes, void` });
  return journal;
}

/** Every object that a revision names is there, with its size and hash. */
async function verifyObjects(state: State, folder: string, findings: Finding[]): Promise<number> {
  const objects = new Objects(folder);
  const named = new Map<string, { size: number; path: string }>();
  for (const { revisions } of state.artifacts.values()) {
    for (const { sha256, size, path: artifact } of revisions)
      if (sha256 !== null) named.set(sha256, { size, path: artifact });
  }
  for (const [sha256, { size, path: artifact }] of named) {
    const wrong = await wrongWith(objects.path(sha256), sha256, size);
    if (wrong)
      findings.push({ severity: 'damage', part: 'object', detail: `${sha256} of "${artifact}" ${wrong}` });
  }
  const unnamed = list(objectsFolder(folder)).filter((name) => !named.has(name)).length;
  if (unnamed > 0)
    findings.push({
      severity: 'note',
      part: 'object',
      detail: `${unnamed} object(s) that no revision names`,
    });
  const temporary = list(temporaryFolder(folder)).length;
  if (temporary > 0)
    findings.push({ severity: 'note', part: 'object', detail: `${temporary} temporary file(s)` });
  return named.size;
}

async function wrongWith(file: string, sha256: string, size: number): Promise<string | null> {
  try {
    const handle = await fs.promises.open(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      const found = (await handle.stat()).size;
      if (found !== size) return `has ${found} bytes instead of ${size}`;
      return (await hashOf(handle)) === sha256 ? null : 'has other bytes';
    } finally {
      await handle.close();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'is missing'
      : `cannot be read: ${(error as Error).message}`;
  }
}

async function hashOf(handle: fs.promises.FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

/** The plain files say what the journal says; nothing lies between them that the journal does not know. */
async function verifyFiles(state: State, folder: string, findings: Finding[]): Promise<number> {
  const expected = new Map<string, (file: string) => Promise<string | null>>();
  if (isLive(state)) {
    expected.set(METADATA_FILE, async (file) => textDiffers(file, metadataFile(state)));
    if (state.plan.version) expected.set(PLAN_FILE, async (file) => textDiffers(file, planFile(state)));
    for (const [artifact, history] of state.artifacts) {
      const live = liveOf(history);
      const { sha256 } = live ?? {};
      if (live && sha256) expected.set(artifactFile(artifact), (file) => wrongWith(file, sha256, live.size));
    }
  }
  for (const [name, check] of expected) {
    const wrong = await check(path.join(folder, name));
    if (wrong) findings.push({ severity: 'warning', part: 'file', detail: `${name} ${wrong}` });
  }
  const strangers = [...plainFilesIn(folder)].filter((name) => !expected.has(name));
  for (const name of strangers)
    findings.push({ severity: 'warning', part: 'file', detail: `${name} is not known to the journal` });
  return expected.size;
}

function textDiffers(file: string, expected: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8') === expected ? null : 'differs from the journal';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'is missing'
      : `cannot be read: ${(error as Error).message}`;
  }
}

function* plainFilesIn(folder: string): Generator<string> {
  for (const name of [METADATA_FILE, PLAN_FILE]) if (fs.existsSync(path.join(folder, name))) yield name;
  const root = path.join(folder, 'artifacts');
  if (!fs.existsSync(root)) return;
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) yield path.relative(folder, path.join(entry.parentPath, entry.name));
  }
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
