/**
 * Row changes of a taskspace from its folded state: everything, or what has changed since a known commit.
 *
 * Changes are found by the versions in the state, whose times grow with every commit, so no event type need
 * be known here. Only message times are read from the journal, and only when the new messages span midnight.
 */
import { type ArtifactRevision, newestOf } from '../domain/artifact.js';
import { sameJson } from '../domain/json.js';
import { EVERY_MESSAGE } from '../domain/message-filter.js';
import { isEscalated } from '../domain/plan.js';
import { isLive, type State } from '../domain/state.js';
import type { Metadata } from '../domain/taskspace.js';
import { etagOf } from '../domain/version.js';
import type { Taskspace } from '../store/ports.js';
import type {
  ArtifactChanges,
  GenerationChanges,
  Known,
  MetadataChanges,
  PlanChanges,
  RowChanges,
  SummaryChanges,
} from './row-changes.js';

/** JSON views: the catalog stores what is shown, so that a list need not open a journal. */
export interface JsonViews {
  taskspace(id: string, metadata: Metadata): object;
  summary(state: State): object;
  artifact(revision: ArtifactRevision): object;
}

export const MESSAGES_PAGE = 500;

/**
 * @param folder present, with a journal.
 * @param known what the catalog has.
 * @param continues whether the state continues the known one; if not, everything is sent anew.
 * @throws what reading the journal throws.
 */
export async function rowChanges(
  folder: Taskspace,
  { id, head: since, time: lastTime, live }: Known,
  continues: boolean,
  shows: JsonViews,
): Promise<RowChanges> {
  const { state } = folder;
  const journal = journalChanges(folder);
  const base = { id, since, journal, trouble: null };
  if (!journal || !isLive(state))
    return { ...base, life: null, trash: journal && trashOf(state, journal.bytes) };
  const known = continues && live?.life === state.bornTag ? live : null;
  const time = known ? lastTime : '';
  const revisions = revisionDays(state, time, known?.revisions ?? 0);
  const changes = {
    fresh: known === null,
    life: state.bornTag,
    metadata: known?.etag === etagOf(state.metadata) ? null : metadataChanges(state, shows),
    activeAt: Date.parse(state.time),
    summary: shows.summary(state) as SummaryChanges,
    ...artifactChanges(state, time, shows),
    plan: (state.plan.version?.at ?? '') > time ? planChanges(state) : null,
    revisionDays: revisions,
  };
  // Last, since it may wait for the disk, and the state must not change while the rest is read from it.
  const messageDays = await messageDaysOf(folder, known?.lastSeq ?? state.messages.base, time);
  return { ...base, trash: null, life: { ...changes, messageDays } satisfies GenerationChanges };
}

/** What is there, and the state that it was folded to; null: nothing. */
export function journalChanges({ mark, storedBytes: bytes, state }: Taskspace): RowChanges['journal'] {
  const { commit, head, time } = state;
  return mark === null ? null : { mark, bytes, commit, head, time };
}

export function dayOf(time: string): string {
  return time.slice(0, 10);
}

function trashOf({ metadata, deleted, artifactTotals }: State, journalBytes: number): RowChanges['trash'] {
  if (!metadata || !deleted) return null;
  const { name, owner } = metadata;
  return {
    name,
    owner,
    deletedAt: Date.parse(deleted.at),
    bytes: artifactTotals.storedBytes + journalBytes,
  };
}

function metadataChanges(
  { id, metadata }: State & { metadata: Metadata },
  shows: JsonViews,
): MetadataChanges {
  const { name, owner, status, tags, createdAt, at } = metadata;
  return {
    etag: etagOf(metadata),
    name,
    owner,
    status,
    tags,
    createdAt: Date.parse(createdAt),
    updatedAt: Date.parse(at),
    body: JSON.stringify(shows.taskspace(id, metadata)),
  };
}

function artifactChanges(
  { artifacts }: State,
  since: string,
  shows: JsonViews,
): { artifacts: ArtifactChanges[]; artifactsGone: string[] } {
  const live: ArtifactChanges[] = [];
  const removed: string[] = [];
  for (const history of artifacts.values()) {
    const newest = newestOf(history);
    if (!newest || newest.at <= since) continue;
    if (newest.deleted) removed.push(newest.path);
    else live.push(artifactRow(newest, shows));
  }
  return { artifacts: live, artifactsGone: removed };
}

function artifactRow(revision: ArtifactRevision, shows: JsonViews): ArtifactChanges {
  const { path, metadata } = revision;
  const { type, deployedVersion, upstreamVersion, localModified } = metadata;
  const isSet = (value: unknown): boolean => value !== undefined && value !== null;
  return {
    path,
    type: typeof type === 'string' ? type : null,
    outdated: isSet(deployedVersion) && isSet(upstreamVersion) && !sameJson(deployedVersion, upstreamVersion),
    modified: localModified === true,
    body: JSON.stringify(shows.artifact(revision)),
  };
}

function planChanges({ plan }: State): PlanChanges {
  const claims: PlanChanges['claims'][number][] = [];
  const escalations: PlanChanges['escalations'][number][] = [];
  const completedDays: Record<string, number> = {};
  for (const task of plan.tasks.values()) {
    const { id, claim, status, finishedAt, name, error, at } = task;
    if (claim) claims.push({ task: id, agent: claim.agent, expiresAt: Date.parse(claim.expiresAt) });
    if (isEscalated(task)) escalations.push({ task: id, name, error, at: Date.parse(finishedAt ?? at) });
    if (status === 'completed') {
      const day = dayOf(finishedAt ?? at);
      completedDays[day] = (completedDays[day] ?? 0) + 1;
    }
  }
  return { claims, escalations, completedDays };
}

/** Revisions written since; all of them when some known ones are missing. */
function revisionDays(state: State, since: string, known: number): GenerationChanges['revisionDays'] {
  const found = countRevisions(state, since);
  const complete = since === '' || known + found.count !== state.artifactTotals.revisions;
  return { complete, days: complete && since !== '' ? countRevisions(state, '').days : found.days };
}

function countRevisions({ artifacts }: State, since: string) {
  const days: Record<string, { revisions: number; bytes: number }> = {};
  let count = 0;
  for (const { revisions } of artifacts.values()) {
    for (let i = revisions.length - 1; i >= 0; i--) {
      const revision = revisions[i];
      if (!revision || revision.at <= since) break;
      const day = dayOf(revision.at);
      days[day] ??= { revisions: 0, bytes: 0 };
      days[day].revisions++;
      days[day].bytes += revision.size;
      count++;
    }
  }
  return { count, days };
}

/** Messages after `lastSeq` by day: all of them lie between the known commit and the last. */
async function messageDaysOf(
  folder: Taskspace,
  lastSeq: number,
  since: string,
): Promise<Record<string, number>> {
  const { messages, time, metadata } = folder.state;
  const last = messages.lastSeq;
  if (last <= lastSeq) return {};
  const day = dayOf(since === '' ? (metadata?.createdAt ?? '') : since);
  if (day === dayOf(time)) return { [day]: last - lastSeq };
  const days: Record<string, number> = {};
  for (let after = lastSeq; after < last; ) {
    const page = await folder.messages(EVERY_MESSAGE, {
      after,
      before: last + 1,
      order: 'asc',
      limit: MESSAGES_PAGE,
    });
    for (const { at } of page) days[dayOf(at)] = (days[dayOf(at)] ?? 0) + 1;
    const end = page.at(-1)?.seq;
    if (end === undefined) break;
    after = end;
  }
  return days;
}
