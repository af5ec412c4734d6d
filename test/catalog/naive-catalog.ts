/**
 * What the catalog must hold, worked out anew from the folded states alone, the simplest way: no rows, no
 * differences.
 */

import { idsIn } from '../../src/app/taskspaces/ids-in.js';
import { toSummaryJson } from '../../src/contract/views.js';
import { type ArtifactRevision, liveOf } from '../../src/domain/artifact.js';
import type { Message } from '../../src/domain/message.js';
import { isLive, type State } from '../../src/domain/state.js';
import type { Metadata } from '../../src/domain/taskspace.js';
import type { FileStore } from '../../src/store/files/store.js';

export interface NaiveCatalog {
  /** By owner, '' for all: `<sum> <value>` for what is not zero. */
  readonly totals: Record<string, Record<string, number>>;
  /** By `<owner> <day>`. */
  readonly days: Record<string, Record<string, number>>;
  /** `<taskspace> <type> <ref>`. */
  readonly docs: string[];
  readonly live: string[];
  readonly trash: string[];
}

export async function naiveCatalog(store: FileStore): Promise<NaiveCatalog> {
  const naive: NaiveCatalog = { totals: {}, days: {}, docs: [], live: [], trash: [] };
  for (const id of await idsIn(store)) {
    const folder = store.open(id);
    await folder.catchUp();
    const { state } = folder;
    if (isLive(state)) {
      const range = { after: 0, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 1_000_000 } as const;
      const messages = await folder.messages(ANY, range);
      addLive(naive, state, messages, folder.journalBytes());
    } else if (state.deleted) naive.trash.push(id);
    folder.close();
  }
  naive.docs.sort();
  return naive;
}

const ANY = { conversation: null, from: null, to: null, role: null };

function addLive(
  naive: NaiveCatalog,
  state: State & { metadata: Metadata },
  messages: readonly Message[],
  journalBytes: number,
): void {
  const { id, metadata, plan, artifacts } = state;
  const { owner, status, createdAt } = metadata;
  const summary = toSummaryJson(state);
  const { tasks } = summary;
  naive.live.push(id);
  const revisions = [...artifacts.values()].flatMap((history) => history.revisions);
  for (const whose of [owner, '']) {
    add(naive.totals, whose, {
      [status]: 1,
      tasks: tasks.total,
      tasks_pending: tasks.pending,
      tasks_in_progress: tasks.inProgress,
      tasks_completed: tasks.completed,
      tasks_failed: tasks.failed,
      tasks_cancelled: tasks.cancelled,
      tasks_ready: tasks.ready,
      halted: Number(tasks.halted),
      messages: messages.length,
      message_bytes: summary.messages.bytes,
      artifacts: summary.artifacts.count,
      revisions: revisions.length,
      bytes: summary.artifacts.bytes,
      stored_bytes: summary.artifacts.storedBytes,
      journal_bytes: journalBytes,
    });
    const onDay = (at: string, sums: Record<string, number>): void =>
      add(naive.days, `${whose} ${at.slice(0, 10)}`, sums);
    onDay(createdAt, { taskspaces: 1 });
    for (const { at } of messages) onDay(at, { messages: 1 });
    for (const { at, size } of revisions) onDay(at, { revisions: 1, bytes: size });
    for (const task of plan.tasks.values())
      if (task.status === 'completed') onDay(task.finishedAt ?? task.at, { completed: 1 });
  }
  naive.docs.push(`${id} taskspace ${id}`);
  for (const { seq } of messages) naive.docs.push(`${id} message ${seq}`);
  for (const task of plan.tasks.keys()) naive.docs.push(`${id} task ${task}`);
  for (const { path } of liveRevisions(state)) naive.docs.push(`${id} artifact ${path}`);
}

function liveRevisions({ artifacts }: State): ArtifactRevision[] {
  return [...artifacts.values()].flatMap((history) => liveOf(history) ?? []);
}

function add(
  sums: Record<string, Record<string, number>>,
  key: string,
  more: Record<string, number | undefined>,
) {
  sums[key] ??= {};
  const row = sums[key];
  for (const [name, value] of Object.entries(more)) if (value) row[name] = (row[name] ?? 0) + value;
}
