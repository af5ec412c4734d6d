/**
 * `apply` folds one commit into a state. It is the only code that changes a state.
 *
 * It makes no decision and reads no clock: events carry the new values, the commit carries id, number, time
 * and author. So the same commits give the same state, in one go, in pieces, or from a snapshot.
 */
import { type ArtifactRevision, liveOf } from './artifact.js';
import type { Commit, Event, TaskStep } from './event.js';
import { DEFAULT_CONVERSATION, messageBytes, type StoredMessage } from './message.js';
import type { Task, TaskValue } from './plan.js';
import { forgetReadiness, noteStep } from './readiness.js';
import { addStamp, countFolders, KEY_KEPT_MS, KEY_STEP_MS_MAX, type State } from './state.js';
import type { NewToken, TokenMark } from './token.js';
import type { Version } from './version.js';

export function apply(state: State, commit: Commit): void {
  state.commit = commit.number;
  state.head = commit.id;
  state.time = commit.time;
  const stamp = { tag: commit.id.slice(0, 8), by: commit.by, at: commit.time };
  for (const event of commit.events) applyEvent(state, event, stamp);
  rememberKey(state, commit);
}

type Stamp = Omit<Version, 'revision'>;

function applyEvent(state: State, event: Event, stamp: Stamp): void {
  switch (event.type) {
    case 'taskspace.created':
      demand(event.revision <= state.commit, event);
      if (state.metadata) reset(state);
      state.bornTag = stamp.tag;
      state.metadata = {
        ...event.metadata,
        revision: event.revision,
        ...stamp,
        createdAt: stamp.at,
        createdBy: stamp.by,
      };
      addStamp(state.metadataStamps, stamp.at);
      return;
    case 'taskspace.updated':
      if (!state.metadata) throw new Error('taskspace.updated before taskspace.created');
      demand(event.revision <= state.commit, event);
      state.metadata = { ...state.metadata, ...event.set, revision: event.revision, ...stamp };
      addStamp(state.metadataStamps, stamp.at);
      return;
    case 'taskspace.deleted':
      state.deleted = { at: stamp.at, by: stamp.by };
      return;
    case 'plan.replaced':
      replacePlan(state, event.goal, event.tasks, stamp);
      planEdited(state, event.revision, stamp);
      return;
    case 'task.added':
      state.plan.tasks.set(event.task.id, taskOf(event.task, stamp, null));
      forgetReadiness(state.plan.tasks);
      planEdited(state, event.plan, stamp);
      return;
    case 'task.changed':
      state.plan.edition++;
      changeTask(state, event, stamp, (task) => tokenAfter(task, event.set.status ?? task.status));
      forgetReadiness(state.plan.tasks);
      return;
    case 'task.released':
      changeTask(state, event, stamp, () => null);
      return;
    case 'task.claimed':
      changeTask(state, event, stamp, () => tokenMarkOf(event.token));
      return;
    case 'task.renewed':
      changeTask(state, event, stamp, ({ token }) => token && { ...token, leaseSeconds: event.leaseSeconds });
      return;
    case 'task.completed':
    case 'task.failed':
      changeTask(state, event, stamp, ({ token }) => token);
      return;
    case 'task.removed':
      removeTask(state, event.id);
      planEdited(state, event.plan, stamp);
      return;
    case 'message.posted':
      countMessage(state, event.message, stamp.at);
      return;
    case 'artifact.written':
      addRevision(state, { ...event.artifact, ...stamp, deleted: false });
      return;
    case 'artifact.deleted': {
      const { path, revision, message } = event;
      const contentType =
        state.artifacts.get(path)?.revisions.at(-1)?.contentType ?? 'application/octet-stream';
      addRevision(state, {
        path,
        revision,
        message,
        contentType,
        size: 0,
        sha256: null,
        metadata: {},
        ...stamp,
        deleted: true,
      });
      return;
    }
    case 'lease.granted':
      demand(event.lease.fence === (state.counters.fences.get(event.lease.name) ?? 0) + 1, event);
      state.counters.fences.set(event.lease.name, event.lease.fence);
      state.leases.set(event.lease.name, { ...event.lease, token: tokenMarkOf(event.token) });
      return;
    case 'lease.renewed': {
      const held = state.leases.get(event.lease.name);
      if (!held) throw new Error(`lease.renewed names the unknown lease ${event.lease.name}`);
      demand(event.lease.fence === held.fence, event);
      const token = { ...held.token, leaseSeconds: event.leaseSeconds };
      state.leases.set(event.lease.name, { ...event.lease, token });
      return;
    }
    case 'lease.released':
      state.leases.delete(event.name);
      return;
    case 'journal.poisoned':
      state.poisoned = event.reason;
      return;
    default:
      event satisfies never;
      throw new Error(`no rule to fold ${(event as Event).type}`);
  }
}

function changeTask(
  state: State,
  { type, id, plan, set }: Pick<TaskStep, 'id' | 'plan' | 'set'> & { readonly type: Event['type'] },
  stamp: Stamp,
  tokenOf: (task: Task) => TokenMark | null,
): void {
  const task = state.plan.tasks.get(id);
  if (!task) throw new Error(`${type} names the unknown task ${id}`);
  const changed = { ...task, ...set, ...stamp, token: tokenOf(task) };
  state.plan.tasks.set(id, changed);
  noteStep(state.plan.tasks, task, changed);
  planMoved(state, plan, stamp);
}

/** A change of status that does not use the task's token ends the token's validity. */
function tokenAfter(task: Task | undefined, status: Task['status']): TokenMark | null {
  return task?.status === status ? task.token : null;
}

/** The nonce is needed only for the commit's answer. */
function tokenMarkOf({ hash, leaseSeconds }: NewToken): TokenMark {
  return { hash, leaseSeconds };
}

/** An edit of the plan, not a step of an agent. */
function planEdited(state: State, revision: number, stamp: Stamp): void {
  state.plan.edition++;
  planMoved(state, revision, stamp);
}

/** Each revision has its own commit, so a revision never exceeds the commit's number. */
function planMoved(state: State, revision: number, stamp: Stamp): void {
  demand(revision <= state.commit, { type: 'plan.replaced' });
  state.plan.version = { revision, ...stamp };
  addStamp(state.plan.stamps, stamp.at);
}

/** The id is used again: everything but the numbers is cleared. */
function reset(state: State): void {
  const { counters, plan, artifacts } = state;
  counters.metadata = state.metadata?.revision ?? counters.metadata;
  counters.plan = plan.version?.revision ?? counters.plan;
  for (const task of plan.tasks.values()) counters.tasks.set(task.id, task.revision);
  for (const [path, { base, revisions }] of artifacts) counters.artifacts.set(path, base + revisions.length);
  state.deleted = null;
  state.plan = { goal: '', tasks: new Map(), version: null, edition: plan.edition + 1, stamps: plan.stamps };
  state.artifacts = new Map();
  state.folders = new Map();
  state.objects = new Set();
  state.artifactTotals = { count: 0, bytes: 0, revisions: 0, storedBytes: 0 };
  state.messages = { count: 0, bytes: 0, lastSeq: state.messages.lastSeq, base: state.messages.lastSeq };
  state.conversations = new Map();
  state.leases = new Map();
}

/** Tasks that keep their revision keep their version too: only the plan was replaced. */
function replacePlan(state: State, goal: string, values: readonly TaskValue[], stamp: Stamp): void {
  const old = state.plan.tasks;
  const tasks = new Map<string, Task>();
  for (const value of values) {
    const before = old.get(value.id);
    const isSame = before?.revision === value.revision;
    tasks.set(value.id, isSame ? before : taskOf(value, stamp, tokenAfter(before, value.status)));
    old.delete(value.id);
  }
  for (const gone of old.values()) state.counters.tasks.set(gone.id, gone.revision);
  state.plan.goal = goal;
  state.plan.tasks = tasks;
}

/** Member by member: spread objects cost twenty times as much, and a plan may have 10,000 tasks. */
function taskOf(value: TaskValue, { tag, by, at }: Stamp, token: TokenMark | null): Task {
  return {
    id: value.id,
    name: value.name,
    goal: value.goal,
    agent: value.agent,
    dependencies: value.dependencies,
    status: value.status,
    onFailure: value.onFailure,
    result: value.result,
    error: value.error,
    metadata: value.metadata,
    claim: value.claim,
    // Events of earlier versions lack these two.
    lastClaim: value.lastClaim ?? null,
    completedBy: value.completedBy ?? null,
    attempts: value.attempts,
    finishedAt: value.finishedAt,
    revision: value.revision,
    token,
    tag,
    by,
    at,
  };
}

function removeTask(state: State, id: string): void {
  const task = state.plan.tasks.get(id);
  if (!task) throw new Error(`task.removed names the unknown task ${id}`);
  state.counters.tasks.set(id, task.revision);
  state.plan.tasks.delete(id);
  forgetReadiness(state.plan.tasks);
}

/** Numbers must stay without a gap: lookups by number rely on it. */
function demand(continues: boolean, { type }: Pick<Event, 'type'>): void {
  if (!continues) throw new Error(`${type} has a number that does not continue those before it`);
}

function countMessage(state: State, message: StoredMessage, at: string): void {
  const { messages, conversations } = state;
  demand(message.seq === messages.lastSeq + 1, { type: 'message.posted' });
  messages.count++;
  messages.bytes += messageBytes(message);
  messages.lastSeq = message.seq;
  const name = message.conversation ?? DEFAULT_CONVERSATION;
  const before = conversations.get(name);
  conversations.set(name, {
    conversation: name,
    count: (before?.count ?? 0) + 1,
    firstSeq: before?.firstSeq ?? message.seq,
    firstAt: before?.firstAt ?? at,
    lastSeq: message.seq,
    lastAt: at,
  });
}

function addRevision(state: State, revision: ArtifactRevision): void {
  const { path } = revision;
  let history = state.artifacts.get(path);
  if (!history) {
    history = { base: state.counters.artifacts.get(path) ?? 0, revisions: [] };
    state.artifacts.set(path, history);
  }
  const continues = revision.revision === history.base + history.revisions.length + 1;
  demand(continues, { type: revision.deleted ? 'artifact.deleted' : 'artifact.written' });
  const before = liveOf(history);
  history.revisions.push(revision);
  const totals = state.artifactTotals;
  totals.count += Number(!revision.deleted) - Number(before !== undefined);
  totals.bytes += revision.size - (before?.size ?? 0);
  totals.revisions++;
  if (revision.sha256 !== null && !state.objects.has(revision.sha256)) {
    state.objects.add(revision.sha256);
    totals.storedBytes += revision.size;
  }
  if (!before && !revision.deleted) countFolders(state.folders, path, 1);
  if (before && revision.deleted) countFolders(state.folders, path, -1);
}

/** Keys are in the order of their commits, and so of their ages. */
function rememberKey(state: State, { key, number, time }: Commit): void {
  if (!key) return;
  const at = key.at ?? time;
  const step = state.keyTime.time === '' ? 0 : Date.parse(at) - Date.parse(state.keyTime.time);
  const ageMs = state.keyTime.ageMs + Math.min(Math.max(step, 0), KEY_STEP_MS_MAX);
  state.keyTime = { time: at, ageMs };
  for (const [name, used] of state.keys) {
    if (ageMs - used.ageMs < KEY_KEPT_MS) break;
    state.keys.delete(name);
  }
  state.keys.delete(key.key);
  state.keys.set(key.key, { commit: number, time: at, ageMs, body: key.body });
}
