/**
 * Plain files: the newest revision of each artifact, `plan.json` and `taskspace.json`, for editors, grep and git.
 *
 * They are written from the state and never read back as truth. Each carries a stamp: the time of its commit as mtime.
 * A file whose stamp is none of ours was written by somebody else and is never touched. No symlink or other odd thing
 * in a path is ever followed: whoever put it there keeps it, and the artifact is served from its object all the same.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { liveOf } from '../domain/artifact.js';
import type { Event, EventType } from '../domain/event.js';
import { isLive, type State } from '../domain/state.js';
import { inFolder } from './in-folder.js';
import type { Objects } from './objects.js';
import { ARTIFACTS, METADATA_FILE, PLAN_FILE, temporaryFolder } from './paths.js';
import { metadataFile, planFile } from './plain-content.js';

/** What a name should hold: bytes, or a copy of an object, under the stamp of a commit; null: no file. */
interface Wanted {
  readonly stamp: string;
  readonly size: number;
  readonly source: Buffer | { readonly object: string };
}

export interface PlainFilesDeps {
  readonly folder: string;
  readonly objects: Objects;
  /** The present state; refreshes it first. */
  present(): Promise<State>;
  /** Told why a name could not be brought up to date. */
  onSkipped(name: string, reason: string): void;
}

const ATTEMPTS_MAX = 20;
/** One, and one more should it have been overtaken between its look and its rename. */
const WRITES_MAX = 2;

interface Ticket {
  readonly done: Promise<void>;
  readonly settle: () => void;
}

export class PlainFiles {
  /** Names whose turn has not come, in the order of their turns. */
  private readonly waiting = new Map<string, Ticket>();
  private readonly former = new Map<string, Stamp[]>();
  private running: Promise<void> | null = null;

  constructor(private readonly deps: PlainFilesDeps) {}

  /** Remembers the files of a life that is about to end for good, so that they can be told from other people's. */
  endLife(state: State): void {
    for (const artifact of state.artifacts.keys()) {
      const name = artifactFile(artifact);
      this.former.set(name, stampsOf(state, name));
    }
  }

  /**
   * Brings these files up to the newest state, each as of a moment after this call. Waits for these names only, however
   * many others come meanwhile. Never fails the commit that asked for it: trouble is reported.
   */
  async update(names: Iterable<string>): Promise<void> {
    const tickets = [...names].map((name) => this.ticketOf(name).done);
    this.running ??= this.drain();
    await Promise.all(tickets);
  }

  /** A name that waits for its turn already is waited for by all who want it. */
  private ticketOf(name: string): Ticket {
    const waiting = this.waiting.get(name);
    if (waiting) return waiting;
    let settle = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const ticket = { done, settle };
    this.waiting.set(name, ticket);
    return ticket;
  }

  /** Names among these whose file is an older one of ours, missing, or left behind. Costs a few lstats each. */
  lagging(names: readonly string[], state: State): string[] {
    return names.filter((name) => {
      try {
        return this.isLagging(name, state);
      } catch (error) {
        // Nothing is served from plain files, so no trouble with them keeps anything from being served.
        this.deps.onSkipped(name, (error as Error).message);
        return false;
      }
    });
  }

  private isLagging(name: string, state: State): boolean {
    const stat = lookAt(this.deps.folder, name);
    const wanted = isLive(state) ? stampOf(state, name) : null;
    if (stat === null) return wanted !== null;
    if (stat === 'odd') return false;
    return (wanted === null || stampMs(stat) !== Date.parse(wanted)) && this.isOurs(stat, state, name);
  }

  private async drain(): Promise<void> {
    for (;;) {
      const [next] = this.waiting;
      if (next === undefined) {
        // In the same turn: a name that comes after this look must find that nobody is running.
        this.running = null;
        return;
      }
      const [name, ticket] = next;
      // Who asks from here on has a state in mind that this turn may not see.
      this.waiting.delete(name);
      try {
        await this.bring(name);
      } catch (error) {
        this.deps.onSkipped(name, (error as Error).message);
      }
      ticket.settle();
    }
  }

  /**
   * Writes or removes one file until it is what the present state wants, or until it turns out to be somebody else's. A
   * state that keeps moving is not run after: each commit has a writer who brings its own.
   */
  private async bring(name: string): Promise<void> {
    const target = path.join(this.deps.folder, name);
    let written = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && written < WRITES_MAX; attempt++) {
      const state = await this.deps.present();
      const wanted = this.wanted(state, name);
      if (wanted !== null) await this.clearTheWay(state, name);
      const before = lookAt(this.deps.folder, name);
      if (before === 'odd')
        return this.deps.onSkipped(name, 'something that is not a plain file stands in its path');
      if (before !== null && !this.isOurs(before, state, name))
        return this.deps.onSkipped(name, 'it was changed by somebody else');
      if (wanted === null) {
        if (before === null) return;
        // At once after the look: nobody may have put another file there meanwhile.
        fs.rmSync(target, { force: true });
        await this.removeEmptyFolders(path.dirname(target));
        continue;
      }
      if (before !== null && isStamped(before, wanted)) return;
      if (await this.write(name, target, wanted, before)) written++;
    }
    if (written === 0) this.deps.onSkipped(name, 'it keeps changing');
  }

  /** A deleted artifact whose file still stands where this one needs a folder, or below it, goes first. */
  private async clearTheWay(state: State, name: string): Promise<void> {
    if (lookAt(this.deps.folder, name) !== 'odd') return;
    const artifact = artifactOf(name);
    for (const [other, history] of state.artifacts) {
      const inTheWay = artifact.startsWith(`${other}/`) || other.startsWith(`${artifact}/`);
      if (inTheWay && !liveOf(history)) await this.bring(artifactFile(other));
    }
  }

  private isOurs(stat: fs.Stats, state: State, name: string): boolean {
    const ours = [...stampsOf(state, name), ...(this.former.get(name) ?? [])];
    return ours.some(({ ms, size }) => ms === stampMs(stat) && (size === null || size === stat.size));
  }

  private wanted(state: State, name: string): Wanted | null {
    if (!isLive(state)) return null;
    const stamp = stampOf(state, name);
    if (stamp === null) return null;
    if (name === PLAN_FILE || name === METADATA_FILE) {
      const source = Buffer.from(name === PLAN_FILE ? planFile(state) : metadataFile(state));
      return { stamp, size: source.length, source };
    }
    const live = liveOf(state.artifacts.get(artifactOf(name)));
    if (!live?.sha256) return null;
    return { stamp, size: live.size, source: { object: this.deps.objects.path(live.sha256) } };
  }

  /** Under a temporary name first; renamed only when the target is still what it was. */
  private async write(
    name: string,
    target: string,
    wanted: Wanted,
    before: fs.Stats | null,
  ): Promise<boolean> {
    const { folder } = this.deps;
    const temporary = path.join(temporaryFolder(folder), randomBytes(12).toString('hex'));
    let stands = true;
    try {
      await inFolder(temporaryFolder(folder), () => copyTo(temporary, wanted.source));
      const seconds = Date.parse(wanted.stamp) / 1000;
      await fs.promises.utimes(temporary, seconds, seconds);
      await makeFolders(folder, path.dirname(name));
      const now = lookAt(folder, name);
      if (now === 'odd' || now?.ino !== before?.ino || now?.ctimeMs !== before?.ctimeMs) return false;
      fs.renameSync(temporary, target);
      stands = false;
      return true;
    } finally {
      if (stands) await fs.promises.rm(temporary, { force: true });
    }
  }

  private async removeEmptyFolders(from: string): Promise<void> {
    const root = path.join(this.deps.folder, ARTIFACTS);
    for (let folder = from; folder.startsWith(`${root}${path.sep}`); folder = path.dirname(folder)) {
      try {
        await fs.promises.rmdir(folder);
      } catch {
        // Not empty, or gone already: either way there is nothing left to remove here.
        return;
      }
    }
  }
}

export function artifactFile(artifact: string): string {
  return `${ARTIFACTS}/${artifact}`;
}

function artifactOf(name: string): string {
  return name.slice(ARTIFACTS.length + 1);
}

/** The plain files that a commit's events touch; `state` is the one the commit was decided on. */
export function namesOf(events: readonly Event[], state: State): string[] {
  const names = new Set<string>();
  for (const event of events) {
    if (event.type === 'taskspace.created' || event.type === 'taskspace.deleted') {
      names.add(METADATA_FILE).add(PLAN_FILE);
      for (const artifact of state.artifacts.keys()) names.add(artifactFile(artifact));
    } else if (event.type === 'taskspace.updated') names.add(METADATA_FILE);
    else if (event.type === 'plan.replaced' || event.type.startsWith('task.')) names.add(PLAN_FILE);
    else if (event.type === 'artifact.written') names.add(artifactFile(event.artifact.path));
    else if (event.type === 'artifact.deleted') names.add(artifactFile(event.path));
  }
  return [...names];
}

/** Whether the files of these events may lag behind the answer: agents make steps too often for a file each. */
export function mayLag(events: readonly Event[]): boolean {
  return events.length > 0 && events.every(({ type }) => STEPS.has(type));
}

const STEPS: ReadonlySet<EventType> = new Set<EventType>([
  'task.claimed',
  'task.renewed',
  'task.released',
  'task.completed',
  'task.failed',
]);

/** The stamp of the newest content of a name; null when there should be no such file. */
function stampOf(state: State, name: string): string | null {
  if (name === PLAN_FILE) return state.plan.version?.at ?? null;
  if (name === METADATA_FILE) return state.metadata?.at ?? null;
  return liveOf(state.artifacts.get(artifactOf(name)))?.at ?? null;
}

/** What a file of ours may carry. Of older plans and metadata the size is not known any more. */
interface Stamp {
  readonly ms: number;
  readonly size: number | null;
}

/** Every stamp that a file of ours may carry under this name. */
function stampsOf(state: State, name: string): Stamp[] {
  if (name === PLAN_FILE) return jsonStamps(state.plan.stamps, () => planFile(state));
  if (name === METADATA_FILE) return jsonStamps(state.metadataStamps, () => metadataFile(state));
  const revisions = state.artifacts.get(artifactOf(name))?.revisions ?? [];
  return revisions.flatMap(({ at, size, deleted }) => (deleted ? [] : [{ ms: Date.parse(at), size }]));
}

function jsonStamps(times: readonly string[], newest: () => string): Stamp[] {
  return times.map((time, i) => ({
    ms: Date.parse(time),
    // Asked for only when the time fits: a long plan takes its time.
    get size() {
      return i === times.length - 1 ? Buffer.byteLength(newest()) : null;
    },
  }));
}

/** `utimes` with whole milliseconds lands up to a microsecond low. */
function stampMs(stat: fs.Stats): number {
  const rounded = Math.round(stat.mtimeMs);
  return Math.abs(stat.mtimeMs - rounded) <= 0.002 ? rounded : Number.NaN;
}

function isStamped(stat: fs.Stats, wanted: Wanted): boolean {
  return stampMs(stat) === Date.parse(wanted.stamp) && stat.size === wanted.size;
}

/** What stands at a name: a plain file, nothing, or something odd in its place or in a folder above it. */
function lookAt(folder: string, name: string): fs.Stats | null | 'odd' {
  const parts = name.split('/');
  let at = folder;
  for (const [i, part] of parts.entries()) {
    at = path.join(at, part);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (!stat) return null;
    const last = i === parts.length - 1;
    if (last ? !stat.isFile() : !stat.isDirectory()) return 'odd';
    if (last) return stat;
  }
  return 'odd';
}

function copyTo(file: string, source: Wanted['source']): Promise<void> {
  if (Buffer.isBuffer(source)) return fs.promises.writeFile(file, source);
  return fs.promises.copyFile(source.object, file, fs.constants.COPYFILE_FICLONE);
}

async function makeFolders(folder: string, below: string): Promise<void> {
  let at = folder;
  for (const part of below.split('/')) {
    if (part === '.') continue;
    at = path.join(at, part);
    // Nearly always there: one look costs a fortieth of an attempt to make it.
    if (isFolder(at)) continue;
    try {
      await fs.promises.mkdir(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!isFolder(at)) throw new Error(`${part} is not a folder`);
    }
  }
}

function isFolder(at: string): boolean {
  return fs.lstatSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
}
