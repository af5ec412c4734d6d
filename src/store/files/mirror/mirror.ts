/**
 * The mirror: the newest revision of each artifact, `plan.json` and `taskspace.json` as plain files, for
 * editors, grep and git.
 *
 * They are written from the state and never read back as truth. Each carries a stamp: the time of its commit
 * as mtime. A file of another author (authorship.ts) is never changed. No symlink or other odd thing in a
 * path is followed: it stays, and the artifact is served from its object all the same.
 */
import fs from 'node:fs';
import path from 'node:path';
import { liveOf } from '../../../domain/artifact.js';
import type { Event, EventType } from '../../../domain/event.js';
import { isLive, type State } from '../../../domain/state.js';
import type { StoredObject } from '../../ports.js';
import type { Objects } from '../blobs/objects.js';
import { holdFolder, lookAt, removeEmptyFolder, removePlain, within } from '../journal/opener.js';
import { TEMPORARY, temporaryName } from '../journal/temporary-name.js';
import { ARTIFACTS, METADATA_FILE, PLAN_FILE } from '../paths.js';
import { Authorship, identityOf, stampMs } from './authorship.js';
import { metadataFile, planBytes } from './content.js';

/** What a name should hold: bytes, or a copy of an object, with the stamp of a commit; null: no file. */
interface Wanted {
  readonly stamp: string;
  readonly size: number;
  readonly source: Buffer | StoredObject;
  /** The version that a text shows. */
  readonly of?: object;
}

export interface MirrorDeps {
  readonly folder: string;
  readonly objects: Objects;
  /** The current state; catches up first. */
  present(): Promise<State>;
  /** Whether this was the text of `plan.json` or `taskspace.json` at any time. */
  wasOnceText(name: string, text: string): Promise<boolean>;
  /** Called with the reason when a name could not be brought up to date. */
  onSkipped(name: string, reason: string): void;
}

const ATTEMPTS_MAX = 20;
/** One write, and one more when the state moved between the check and the rename. */
const WRITES_MAX = 2;

interface Ticket {
  readonly done: Promise<void>;
  readonly settle: () => void;
}

export class Mirror {
  /** Names whose turn has not come, in the order of their turns. */
  private readonly waiting = new Map<string, Ticket>();
  private readonly authorship: Authorship;
  private running: Promise<void> | null = null;

  constructor(private readonly deps: MirrorDeps) {
    this.authorship = new Authorship(deps.folder, deps.wasOnceText);
  }

  /** Remembers the files of a generation that ends, so that they are known as the server's. */
  reset(state: State): void {
    this.authorship.reset(state);
  }

  /**
   * Brings these files up to the newest state, each as of a moment after this call. Waits for these names
   * only, however many others arrive. Never fails the commit that asked for it: errors are reported.
   */
  async update(names: Iterable<string>): Promise<void> {
    const tickets = [...names].map((name) => this.ticketOf(name).done);
    this.running ??= this.drain();
    await Promise.all(tickets);
  }

  /** All callers that want a waiting name share one ticket. */
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

  /**
   * Names among these whose file is missing, or may be an older or a copied one of the server. Costs a few
   * lstats each.
   */
  lagging(names: readonly string[], state: State): string[] {
    return names.filter((name) => {
      try {
        return this.isLagging(name, state);
      } catch (error) {
        // Nothing is served from the mirror, so no error in it keeps anything from being served.
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
    const isNewest = wanted !== null && stampMs(stat) === Date.parse(wanted);
    return !isNewest && this.authorship.mayBeOurs(stat, state, name);
  }

  private async drain(): Promise<void> {
    for (;;) {
      const [next] = this.waiting;
      if (next === undefined) {
        // In the same turn: a name that comes after this check must find that no run is in progress.
        this.running = null;
        return;
      }
      const [name, ticket] = next;
      // A later caller may mean a state that this turn does not see.
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
   * Writes or removes one file until it is what the current state wants, or until it turns out to be of
   * another author. A state that keeps moving is not chased: each commit's writer brings its file itself.
   */
  private async bring(name: string): Promise<void> {
    const { folder } = this.deps;
    let written = 0;
    let known: Wanted | null = null;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && written < WRITES_MAX; attempt++) {
      // Checked before the state, which therefore contains every commit whose file is seen here.
      const before = lookAt(folder, name);
      const state = await this.deps.present();
      const wanted: Wanted | null = await this.wanted(state, name, known);
      known = wanted;
      if (before === 'odd') {
        if (wanted !== null) await this.clearTheWay(state, name);
        if (lookAt(folder, name) !== 'odd') continue;
        return this.deps.onSkipped(name, 'something that is not a plain file stands in its path');
      }
      if (before !== null && !(await this.authorship.isOurs(before, state, name, wanted))) {
        if (!this.stillStands(name, before)) continue;
        return this.deps.onSkipped(name, 'it was changed by somebody else');
      }
      if (wanted === null) {
        if (before === null) return;
        if (!this.stillStands(name, before)) continue;
        removePlain(folder, name);
        this.removeEmptyFolders(path.posix.dirname(name));
        continue;
      }
      if (before !== null && isStamped(before, wanted)) return;
      if (await this.write(name, wanted, before)) written++;
    }
    if (written === 0) this.deps.onSkipped(name, 'it keeps changing');
  }

  /** A file of a deleted artifact where this one needs a folder, or below it, is removed first. */
  private async clearTheWay(state: State, name: string): Promise<void> {
    const artifact = artifactOf(name);
    for (const [other, history] of state.artifacts) {
      const inTheWay = artifact.startsWith(`${other}/`) || other.startsWith(`${artifact}/`);
      if (inTheWay && !liveOf(history)) await this.bring(artifactFile(other));
    }
  }

  /** Whether the name still holds the checked file. Good for the same turn only. */
  private stillStands(name: string, before: fs.Stats | null): boolean {
    const now = lookAt(this.deps.folder, name);
    if (now === null || before === null) return now === before;
    return now !== 'odd' && identityOf(now) === identityOf(before);
  }

  /** As of this call. `known`: the previous result, so that a long text is not made twice. */
  private async wanted(state: State, name: string, known: Wanted | null): Promise<Wanted | null> {
    if (!isLive(state)) return null;
    const stamp = stampOf(state, name);
    if (stamp === null) return null;
    if (name === PLAN_FILE || name === METADATA_FILE) {
      const of = name === PLAN_FILE ? (state.plan.version ?? state.metadata) : state.metadata;
      if (known?.of === of) return known;
      const source = name === PLAN_FILE ? await planBytes(state) : Buffer.from(metadataFile(state));
      return { stamp, size: source.length, source, of };
    }
    const live = liveOf(state.artifacts.get(artifactOf(name)));
    if (!live?.sha256) return null;
    return { stamp, size: live.size, source: { sha256: live.sha256, size: live.size } };
  }

  /** Writes under a temporary name; renames only when the target is unchanged. */
  private async write(name: string, wanted: Wanted, before: fs.Stats | null): Promise<boolean> {
    const { folder } = this.deps;
    const held = holdFolder(folder, TEMPORARY, { make: true });
    if (held === null) throw new Error('the folder of temporary files was removed');
    const temporary = `${held.at}/${path.posix.basename(temporaryName())}`;
    let stands = true;
    try {
      await this.fill(temporary, wanted);
      if (!this.stillStands(name, before)) return false;
      within(folder, name, (target) => fs.renameSync(temporary, target), true);
      stands = false;
      return true;
    } finally {
      if (stands) fs.rmSync(temporary, { force: true });
      held.close();
    }
  }

  private async fill(temporary: string, { source, stamp }: Wanted): Promise<void> {
    if (Buffer.isBuffer(source)) await fs.promises.writeFile(temporary, source, { flag: 'wx' });
    else await this.deps.objects.copyTo(source, temporary);
    const seconds = Date.parse(stamp) / 1000;
    await fs.promises.utimes(temporary, seconds, seconds);
  }

  private removeEmptyFolders(from: string): void {
    for (let below = from; below.startsWith(`${ARTIFACTS}/`); below = path.posix.dirname(below)) {
      try {
        removeEmptyFolder(this.deps.folder, below);
      } catch {
        // Not empty, or gone already: in both cases nothing is left to remove here.
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

/** The mirror files that a commit's events change; `state` is the one that the commit was decided on. */
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

/** Whether the files of these events may lag behind the answer: agents make too many steps to write each. */
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

function isStamped(stat: fs.Stats, wanted: Wanted): boolean {
  return stampMs(stat) === Date.parse(wanted.stamp) && stat.size === wanted.size;
}
