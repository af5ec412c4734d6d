/**
 * Text changes of a taskspace, in slices small enough for one short transaction each: what can be found in
 * its metadata, tasks, artifacts and messages, all of it or what has changed since a known commit.
 *
 * Texts of artifacts are the first bytes of their objects; a missing object counts as empty, since finding
 * the others matters more than a report that `npm run verify` makes better.
 */

import type { ArtifactRevision } from '../domain/artifact.js';
import { newestOf } from '../domain/artifact.js';
import type { Message } from '../domain/message.js';
import { EVERY_MESSAGE } from '../domain/message-filter.js';
import type { Task } from '../domain/plan.js';
import { isLive, type State } from '../domain/state.js';
import type { Metadata } from '../domain/taskspace.js';
import type { Taskspace } from '../store/ports.js';
import { TEXT_BYTES_MAX, textOf } from './artifact-text.js';
import { MESSAGES_PAGE } from './changes-of-rows.js';
import type { DocChanges, KnownGeneration, TextChanges } from './row-changes.js';
import { jsonText } from './tokenize.js';

/** A slice ends when it holds this many docs, or this much text. */
const SLICE_DOCS = 500;
const SLICE_CHARS = 1024 * 1024;

/**
 * @param folder present, and live.
 * @param known of this generation.
 * Ends with a slice that says what was reached; the state may move on in between: later changes belong to the
 * next run.
 */
export async function* textChanges(
  folder: Taskspace,
  known: Pick<KnownGeneration, 'textTime' | 'textSeq'>,
): AsyncGenerator<TextChanges> {
  const { state } = folder;
  if (!isLive(state)) return;
  const { id, bornTag: generation, commit, time } = state;
  const since = known.textTime;
  const lastSeq = state.messages.lastSeq;
  const planChanged = (state.plan.version?.at ?? '') > since;
  const tasks = planChanged ? [...state.plan.tasks.keys()] : null;
  const { live, gone } = changedArtifacts(state, since);
  const metadata = state.metadata.at > since ? state.metadata : null;
  const changedTasks = [...state.plan.tasks.values()].filter(({ at }) => at > since);
  let seq = Math.max(known.textSeq, state.messages.base);
  let sentSeq = known.textSeq;
  const slice = (docs: DocChanges[], last = false): TextChanges => {
    const changes = {
      id,
      life: generation,
      since: { time: since, seq: sentSeq },
      docs,
      seq,
      tasks: last ? tasks : null,
      artifactsGone: last ? gone : [],
      reached: last ? { commit, time } : null,
    };
    sentSeq = seq;
    return changes;
  };

  let docs: DocChanges[] = [];
  let chars = 0;
  for (const doc of docsOf(folder, metadata, changedTasks, live)) {
    docs.push(doc);
    chars += doc.body.length;
    if (docs.length < SLICE_DOCS && chars < SLICE_CHARS) continue;
    yield slice(docs);
    docs = [];
    chars = 0;
  }
  while (seq < lastSeq) {
    const range = { after: seq, before: lastSeq + 1, order: 'asc', limit: MESSAGES_PAGE } as const;
    const page = await folder.messages(EVERY_MESSAGE, range);
    const end = page.at(-1)?.seq;
    if (end === undefined) break;
    for (const message of page) {
      docs.push(messageDoc(message));
      chars += message.content.length;
      if (docs.length < SLICE_DOCS && chars < SLICE_CHARS) continue;
      seq = message.seq;
      yield slice(docs);
      docs = [];
      chars = 0;
    }
    seq = end;
  }
  yield slice(docs, true);
}

function changedArtifacts(state: State, since: string): { live: ArtifactRevision[]; gone: string[] } {
  const live: ArtifactRevision[] = [];
  const removed: string[] = [];
  for (const history of state.artifacts.values()) {
    const newest = newestOf(history);
    if (!newest || newest.at <= since) continue;
    if (newest.deleted) removed.push(newest.path);
    else live.push(newest);
  }
  return { live, gone: removed };
}

/** Made one by one on demand, so that no more than a slice of them is in memory. */
function* docsOf(
  folder: Taskspace,
  metadata: Metadata | null,
  tasks: readonly Task[],
  artifacts: readonly ArtifactRevision[],
): Generator<DocChanges> {
  if (metadata) yield taskspaceDoc(folder.id, metadata);
  for (const task of tasks) yield taskDoc(task);
  for (const revision of artifacts) yield artifactDoc(folder, revision);
}

function taskspaceDoc(id: string, metadata: Metadata): DocChanges {
  const { name, description, tags, data, at } = metadata;
  const body = [id, description, tags.join(' '), jsonText(data)].filter(Boolean).join('\n');
  return { type: 'taskspace', ref: id, at: Date.parse(at), label: '', title: name, body };
}

function taskDoc(task: Task): DocChanges {
  const { id, name, goal, agent, error, result, metadata, at } = task;
  const body = [id, goal, agent, error, jsonText(result), jsonText(metadata)].filter(Boolean).join('\n');
  return { type: 'task', ref: id, at: Date.parse(at), label: '', title: name, body };
}

function messageDoc({ seq, at, from, content, parts }: Message): DocChanges {
  const texts = parts.map(({ type: _kind, ...members }) => jsonText(Object.values(members)));
  const body = [content, ...texts].filter(Boolean).join('\n');
  return { type: 'message', ref: String(seq), at: Date.parse(at), label: from, title: '', body };
}

function artifactDoc(folder: Taskspace, revision: ArtifactRevision): DocChanges {
  const { path, sha256, size, metadata, message, at } = revision;
  const bytes = sha256 === null ? null : folder.objectStart({ sha256, size }, TEXT_BYTES_MAX);
  const text = bytes && textOf(bytes, size > bytes.length);
  const body = [message, jsonText(metadata), text].filter(Boolean).join('\n');
  return { type: 'artifact', ref: path, at: Date.parse(at), label: '', title: path, body };
}
