/**
 * One source from its reading to its last write. Failures of one source end here; a server that is gone ends
 * them all.
 */
import { ApiError, type Client } from '../../src/client/index.js';
import { readAnyFile } from './any-file.js';
import { BadSource, type Draft } from './draft.js';
import { readFolder } from './folder.js';
import { findPlace, type Place } from './place.js';
import { readRecording } from './recording.js';
import type { Report } from './report.js';
import { reasonOf, type Source } from './source-list.js';
import { begin, complete } from './write.js';

/** The share of an import in its first reading, which finds out whether it can be done at all. */
const FIRST_READING = 0.3;

export interface Settings {
  readonly id: string | undefined;
  readonly replace: boolean;
  readonly dryRun: boolean;
}

/**
 * @param taken the ids that sources of this run have, by label; is added to. Throws ApiError `unreachable`
 * only.
 */
export async function importSource(
  client: Client,
  source: Source,
  settings: Settings,
  taken: Map<string, string>,
  report: Report,
): Promise<void> {
  report.working(source.label, 0);
  try {
    const draft = await readSource(source, (fraction) =>
      report.working(source.label, fraction * FIRST_READING),
    );
    const place = await findPlace(client, draft, source.name, settings.id, taken);
    taken.set(place.id, source.label);
    for (const note of [...draft.notes, ...(place.note === null ? [] : [place.note])]) {
      report.note(`${source.label}: ${note}`);
    }
    const written = await write(client, source, draft, place, settings, report);
    report.line(written, source.label, detailOf(written, place, draft));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unreachable') throw error;
    const isExpected = error instanceof BadSource || error instanceof ApiError || isFileError(error);
    if (!isExpected) throw error;
    report.line('failed', source.label, error instanceof ApiError ? error.message : reasonOf(error));
  }
}

async function readSource(source: Source, onFraction: (fraction: number) => void): Promise<Draft> {
  if (source.kind === 'folder') return readFolder(source.path, source.name);
  return source.kind === 'file' ? readAnyFile(source) : readRecording(source, onFraction);
}

type Written = 'imported' | 'resumed' | 'replaced' | 'unchanged' | 'changed';

async function write(
  client: Client,
  source: Source,
  draft: Draft,
  { id, state, there }: Place,
  { replace, dryRun }: Settings,
  report: Report,
): Promise<Written> {
  if (state === 'unchanged') return 'unchanged';
  if (state === 'changed' && !replace) return 'changed';
  const outcome = state === 'new' ? 'imported' : state === 'begun' ? 'resumed' : 'replaced';
  if (dryRun) return outcome;
  if (outcome === 'replaced') await client.taskspaces.delete(id, { ifMatch: there?.etag ?? undefined });
  const onProgress = (fraction: number): void =>
    report.working(source.label, FIRST_READING + (1 - FIRST_READING) * fraction);
  if (outcome === 'resumed' && there) {
    await complete(client, there.value, draft, onProgress);
    return outcome;
  }
  const { value } = await begin(client, id, draft);
  try {
    await complete(client, value, draft, onProgress);
  } catch (error) {
    // The server will never take it: half of it is of no use to anybody. What may succeed later is left to be
    // resumed.
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
      await client.taskspaces.delete(id).catch(() => undefined);
    }
    throw error;
  }
  return outcome;
}

function detailOf(written: Written, { id }: Place, draft: Draft): string {
  if (written === 'unchanged') return `${id}, the same source is there`;
  if (written === 'changed') {
    return `${id} holds another version of it; use --replace to delete that and import this one, or --id to keep both`;
  }
  const { messages, tasks, artifacts, bytes } = draft.totals;
  const as = draft.form === null ? '' : `, read as ${draft.form}`;
  return `${id}, ${messages} messages, ${tasks} tasks, ${artifacts} artifacts (${bytes} bytes)${as}`;
}

function isFileError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
