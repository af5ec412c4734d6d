/**
 * The folded state of one taskspace, and its snapshot form.
 *
 * Containers are changed in place by `apply` alone; the values in them (metadata, tasks, revisions,
 * conversations) are never changed, only replaced. So a reader may keep a value, but must not keep a
 * container across an `await`. Numbers outlive a delete: revisions, seqs and commits go on counting when the
 * id is used again.
 */
import type { ArtifactHistory, ArtifactRevision } from './artifact.js';
import type { Lease } from './lease.js';
import type { Conversation } from './message.js';
import type { Task } from './plan.js';
import type { Metadata } from './taskspace.js';
import type { Version } from './version.js';

/** Grows whenever a state folded by older code could differ: snapshots of another version are ignored. */
export const FOLD_VERSION = 5;
const HOUR_MS = 60 * 60 * 1000;
export const KEY_TTL_MS = 24 * HOUR_MS;
/**
 * The age at which a key leaves the state: above the age at which it is forgotten, so that a clock that was
 * ahead for a while has forgotten nothing. It sums the times between commits with a key, each at most an
 * hour: clock jumps add little.
 */
export const KEY_KEPT_MS = 30 * HOUR_MS;
export const KEY_STEP_MS_MAX = HOUR_MS;

export interface PlanState {
  goal: string;
  tasks: Map<string, Task>;
  /** Null until the first write of this generation. */
  version: Version | null;
  /** Counts edits, over all generations; steps of agents are none. */
  edition: number;
  /** Times of the latest versions: the stamps that a mirrored file may still carry. */
  stamps: string[];
}

/**
 * How many past stamps of `plan.json` and `taskspace.json` are known. A file that is further behind than this
 * counts as edited by another program and is never overwritten; it lags by as many commits as there are
 * writers at the same moment.
 */
const STAMPS_MAX = 1024;

export function addStamp(stamps: string[], time: string): void {
  stamps.push(time);
  if (stamps.length > STAMPS_MAX) stamps.shift();
}

export interface UsedKey {
  readonly commit: number;
  /** By the host's clock. */
  readonly time: string;
  /** `KeyTime.ageMs` of its commit. */
  readonly ageMs: number;
  readonly body: string;
}

/** The clock of keys: the host's time of the last commit with a key, and the sum of the steps so far. */
export interface KeyTime {
  readonly time: string;
  readonly ageMs: number;
}

/** The highest revision of each removed thing, so that a reused name continues to count. */
export interface Counters {
  metadata: number;
  plan: number;
  tasks: Map<string, number>;
  artifacts: Map<string, number>;
  /** The last fence of every lease that was ever granted. */
  fences: Map<string, number>;
}

export interface State {
  readonly id: string;
  /** Number, id and time of the last commit; 0 and '' before the first. */
  commit: number;
  head: string;
  time: string;
  /** Tag of the commit that began this generation: the first, or the one that used the id again. */
  bornTag: string;
  metadata: Metadata | null;
  deleted: { readonly at: string; readonly by: string } | null;
  /** As `PlanState.stamps`, for `taskspace.json`. */
  metadataStamps: string[];
  plan: PlanState;
  artifacts: Map<string, ArtifactHistory>;
  /** For each folder of a live path, how many live paths lie below it. Derived from `artifacts`. */
  folders: Map<string, number>;
  /** The SHA-256 of every revision. Derived from `artifacts`. */
  objects: Set<string>;
  /** `storedBytes`: of the objects, each once. */
  artifactTotals: { count: number; bytes: number; revisions: number; storedBytes: number };
  /** `base` is the last seq of the previous generation: seqs up to it are not shown. */
  messages: { count: number; bytes: number; lastSeq: number; base: number };
  conversations: Map<string, Conversation>;
  /** Granted and not released, lapsed or not. */
  leases: Map<string, Lease>;
  keys: Map<string, UsedKey>;
  keyTime: KeyTime;
  counters: Counters;
  poisoned: string | null;
}

export function emptyState(id: string): State {
  return {
    id,
    commit: 0,
    head: '',
    time: '',
    bornTag: '',
    metadata: null,
    deleted: null,
    metadataStamps: [],
    plan: { goal: '', tasks: new Map(), version: null, edition: 0, stamps: [] },
    artifacts: new Map(),
    folders: new Map(),
    objects: new Set(),
    artifactTotals: { count: 0, bytes: 0, revisions: 0, storedBytes: 0 },
    messages: { count: 0, bytes: 0, lastSeq: 0, base: 0 },
    conversations: new Map(),
    leases: new Map(),
    keys: new Map(),
    keyTime: { time: '', ageMs: 0 },
    counters: { metadata: 0, plan: 0, tasks: new Map(), artifacts: new Map(), fences: new Map() },
    poisoned: null,
  };
}

/** Whether a taskspace exists under this id now. */
export function isLive(state: State): state is State & { metadata: Metadata } {
  return state.metadata !== null && state.deleted === null;
}

/** The plan's version; before the first write of a generation revision 0 under its first tag. */
export function planVersion(state: State): Version {
  return state.plan.version ?? { revision: 0, tag: state.bornTag, by: '', at: '' };
}

/** The folders above a path: `a/b/c` lies in `a` and `a/b`. */
export function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let i = path.indexOf('/'); i >= 0; i = path.indexOf('/', i + 1)) folders.push(path.slice(0, i));
  return folders;
}

/**
 * The JSON form of a state, which does not change when the state moves on.
 * `restoreState(JSON.parse(JSON.stringify(saveState(s))))` equals `s`.
 */
export function saveState(state: State): SavedState {
  const {
    plan,
    artifacts,
    conversations,
    leases,
    keys,
    counters,
    folders: _f,
    objects: _o,
    ...plain
  } = state;
  return {
    ...plain,
    metadataStamps: [...plain.metadataStamps],
    artifactTotals: { ...plain.artifactTotals },
    messages: { ...plain.messages },
    plan: { ...plan, stamps: [...plan.stamps], tasks: [...plan.tasks.values()] },
    artifacts: [...artifacts].map(([path, { base, revisions }]) => ({
      path,
      base,
      revisions: [...revisions],
    })),
    conversations: [...conversations.values()],
    leases: [...leases.values()],
    keys: [...keys],
    counters: {
      ...counters,
      tasks: [...counters.tasks],
      artifacts: [...counters.artifacts],
      fences: [...counters.fences],
    },
  };
}

export interface SavedState
  extends Omit<
    State,
    'plan' | 'artifacts' | 'folders' | 'objects' | 'conversations' | 'leases' | 'keys' | 'counters'
  > {
  plan: Omit<PlanState, 'tasks'> & { tasks: Task[] };
  artifacts: { path: string; base: number; revisions: ArtifactRevision[] }[];
  conversations: Conversation[];
  leases: Lease[];
  keys: [string, UsedKey][];
  counters: {
    metadata: number;
    plan: number;
    tasks: [string, number][];
    artifacts: [string, number][];
    fences: [string, number][];
  };
}

export function restoreState(saved: SavedState): State {
  const state: State = {
    ...saved,
    plan: { ...saved.plan, tasks: new Map(saved.plan.tasks.map((task) => [task.id, task])) },
    artifacts: new Map(saved.artifacts.map(({ path, base, revisions }) => [path, { base, revisions }])),
    folders: new Map(),
    objects: new Set(),
    conversations: new Map(saved.conversations.map((item) => [item.conversation, item])),
    leases: new Map(saved.leases.map((lease) => [lease.name, lease])),
    keys: new Map(saved.keys),
    counters: {
      ...saved.counters,
      tasks: new Map(saved.counters.tasks),
      artifacts: new Map(saved.counters.artifacts),
      fences: new Map(saved.counters.fences),
    },
  };
  for (const [path, { revisions }] of state.artifacts) {
    if (!revisions.at(-1)?.deleted) countFolders(state.folders, path, 1);
    for (const { sha256 } of revisions) if (sha256 !== null) state.objects.add(sha256);
  }
  return state;
}

/** Adds a live path to (`by` 1), or removes it from (`by` -1), the counts of the folders above it. */
export function countFolders(folders: Map<string, number>, path: string, by: 1 | -1): void {
  for (const folder of foldersOf(path)) {
    const count = (folders.get(folder) ?? 0) + by;
    if (count > 0) folders.set(folder, count);
    else folders.delete(folder);
  }
}
