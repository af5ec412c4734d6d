/**
 * Checks a taskspace's folder, reading only: every record of the journal, every object that it names, every
 * mirror file.
 *
 * Damage is what a reader of the API would meet or miss; a warning is a mirror file of another author or one
 * that lags behind; a note is what races and crashes leave behind without harm.
 */
import fs from 'node:fs';
import { liveOf } from '../../domain/artifact.js';
import { isLive, type State } from '../../domain/state.js';
import { LapseClock } from '../lapse-clock.js';
import { hashOf } from './blobs/object-stream.js';
import { hasOtherNames, nodeFiles } from './journal/files.js';
import { Journal } from './journal/journal.js';
import { listFolder, lookAt, openPlain } from './journal/opener.js';
import { TEMPORARY } from './journal/temporary-name.js';
import { metadataFile, planFile } from './mirror/content.js';
import { artifactFile } from './mirror/mirror.js';
import { ARTIFACTS, METADATA_FILE, OBJECTS, objectName, PLAN_FILE, taskspaceFolder } from './paths.js';

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
  const journal = new Journal({ id, folder }, { files: nodeFiles, clock: new LapseClock(), newId: () => '' });
  let invalidLines = 0;
  journal.followers.add({
    allowsSnapshot: () => false,
    onInvalidLine: () => {
      invalidLines++;
    },
  });
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
  const { state, folded, seen } = journal;
  if (state.poisoned !== null)
    damage(`a write could not be brought to disk (${state.poisoned}): no write is taken`);
  if (seen !== null && hasOtherNames(seen))
    damage(
      'journal.jsonl has another name elsewhere (a hard link): no write is taken until it is a copy of its own',
    );
  if (seen === null)
    findings.push({ severity: 'note', part: 'journal', detail: 'a folder without a journal' });
  if (invalidLines > 0)
    findings.push({ severity: 'note', part: 'journal', detail: `${invalidLines} void line(s), skipped` });
  const torn = (seen?.size ?? 0) - folded.end;
  if (torn > 0)
    findings.push({ severity: 'note', part: 'journal', detail: `a torn tail of ${torn} bytes, void` });
  return journal;
}

/** Every object that a revision names exists, with its size and hash. */
async function verifyObjects(state: State, folder: string, findings: Finding[]): Promise<number> {
  const named = new Map<string, { size: number; path: string }>();
  for (const { revisions } of state.artifacts.values()) {
    for (const { sha256, size, path: artifact } of revisions)
      if (sha256 !== null) named.set(sha256, { size, path: artifact });
  }
  for (const [sha256, { size, path: artifact }] of named) {
    const wrong = await wrongWith(folder, () => objectName(sha256), sha256, size);
    if (wrong)
      findings.push({ severity: 'damage', part: 'object', detail: `${sha256} of "${artifact}" ${wrong}` });
  }
  const unnamed = [...list(folder, OBJECTS, findings)].filter(({ name }) => !named.has(name)).length;
  if (unnamed > 0)
    findings.push({
      severity: 'note',
      part: 'object',
      detail: `${unnamed} object(s) that no revision names`,
    });
  const temporary = list(folder, TEMPORARY, findings).length;
  if (temporary > 0)
    findings.push({ severity: 'note', part: 'object', detail: `${temporary} temporary file(s)` });
  return named.size;
}

async function wrongWith(
  folder: string,
  nameOf: () => string,
  sha256: string,
  size: number,
): Promise<string | null> {
  try {
    const opened = openPlain(folder, nameOf());
    if (opened === null) return 'is missing';
    const { fd, stat } = opened;
    try {
      if (stat.size !== size) return `has ${stat.size} bytes instead of ${size}`;
      return (await hashOf(fd, size)) === sha256 ? null : 'has other bytes';
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

/** The mirror says what the journal says, and contains no file that the journal does not know. */
async function verifyFiles(state: State, folder: string, findings: Finding[]): Promise<number> {
  const expected = new Map<string, (name: string) => Promise<string | null>>();
  if (isLive(state)) {
    expected.set(METADATA_FILE, async (name) => textDiffers(folder, name, metadataFile(state)));
    if (state.plan.version)
      expected.set(PLAN_FILE, async (name) => textDiffers(folder, name, planFile(state)));
    for (const [artifact, history] of state.artifacts) {
      const live = liveOf(history);
      const { sha256 } = live ?? {};
      if (live && sha256)
        expected.set(artifactFile(artifact), (name) => wrongWith(folder, () => name, sha256, live.size));
    }
  }
  for (const [name, check] of expected) {
    const wrong = await check(name);
    if (wrong) findings.push({ severity: 'warning', part: 'file', detail: `${name} ${wrong}` });
  }
  const strangers = [...mirrorFilesIn(folder, findings)].filter((name) => !expected.has(name));
  for (const name of strangers)
    findings.push({ severity: 'warning', part: 'file', detail: `${name} is not known to the journal` });
  return expected.size;
}

function textDiffers(folder: string, name: string, expected: string): string | null {
  try {
    const opened = openPlain(folder, name);
    if (opened === null) return 'is missing';
    const { fd, stat } = opened;
    try {
      const isAlike = stat.size === Buffer.byteLength(expected) && fs.readFileSync(fd, 'utf8') === expected;
      return isAlike ? null : 'differs from the journal';
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

function* mirrorFilesIn(folder: string, findings: Finding[]): Generator<string> {
  for (const name of [METADATA_FILE, PLAN_FILE]) if (lookAt(folder, name) !== null) yield name;
  yield* filesBelow(folder, ARTIFACTS, findings);
}

function* filesBelow(folder: string, below: string, findings: Finding[]): Generator<string> {
  for (const entry of list(folder, below, findings)) {
    const name = `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, name, findings);
    else yield name;
  }
}

function list(folder: string, below: string, findings: Finding[]): fs.Dirent[] {
  try {
    return listFolder(folder, below);
  } catch (error) {
    const detail = `${below} cannot be listed: ${(error as Error).message}`;
    findings.push({ severity: 'warning', part: 'file', detail });
    return [];
  }
}
