/**
 * Who wrote a plain file: this server, or somebody else, whose file is never touched.
 *
 * A file of ours bears the time of its commit and has the size of its revision; that is all that is looked at as a rule. A
 * copy of a taskspace bears other times (`cp -r`, `tar -m`, `git clone`, `touch`). So before a file is called somebody
 * else's its bytes are looked at: those of a known revision are ours, whatever their time. What was found to be somebody
 * else's is not read again while the file stays the same.
 */
import fs from 'node:fs';
import type { State } from '../domain/state.js';
import { openPlain } from '../journal/opener.js';
import { revisionOf } from './known-texts.js';
import { metadataFile, planBytes } from './mirror-content.js';
import { hashOf } from './object-stream.js';
import { ARTIFACTS, METADATA_FILE, PLAN_FILE } from './paths.js';

/** A longer `plan.json` or `taskspace.json` is none of ours. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const STRANGERS_MAX = 1_000;

/** What a file of ours under some name may be like. Of older plans and metadata neither size nor bytes are known any more. */
interface Trace {
  readonly ms: number;
  /** Of the newest text it is asked for only when the time fits: a long plan takes its time. */
  readonly size: number | 'newest' | null;
  readonly sha256: string | null;
}

export class Authorship {
  /** What names held that belong to a life before. */
  private readonly former = new Map<string, readonly Trace[]>();
  /** Files of somebody else, by name: what they were when they were read. */
  private readonly strangers = new Map<string, string>();

  /** @param wasOnceText whether this was the text of `plan.json` or `taskspace.json` at any time. */
  constructor(
    private readonly folder: string,
    private readonly wasOnceText: (name: string, text: string) => Promise<boolean>,
  ) {}

  /** Remembers the files of a life that is about to end for good. */
  reset(state: State): void {
    for (const artifact of state.artifacts.keys()) {
      const name = `${ARTIFACTS}/${artifact}`;
      this.former.set(name, tracesOf(state, name));
    }
  }

  /** Whether it is worth a closer look: not when nothing of ours ever had this name, or the file was found to be a stranger's. */
  mayBeOurs(stat: fs.Stats, state: State, name: string): boolean {
    return this.traces(state, name).length > 0 && this.strangers.get(name) !== identityOf(stat);
  }

  /**
   * Reads the file when its time is none of ours. `state` is not older than the look at the file; `newest` is the newest
   * content, if that is known already.
   */
  async isOurs(
    stat: fs.Stats,
    state: State,
    name: string,
    newest: { readonly stamp: string; readonly size: number } | null = null,
  ): Promise<boolean> {
    const traces = this.traces(state, name);
    for (const { ms, size } of traces) {
      if (ms !== stampMs(stat)) continue;
      if (size !== 'newest') {
        if (size === null || size === stat.size) return true;
      } else if (newest !== null && Date.parse(newest.stamp) === ms) {
        if (newest.size === stat.size) return true;
      } else if (stat.size === (await newestText(state, name))?.length) return true;
    }
    if (this.strangers.get(name) === identityOf(stat)) return false;
    const isText = name === PLAN_FILE || name === METADATA_FILE;
    const ours = isText ? await this.isOurText(stat, state, name) : await this.isOurBytes(stat, traces, name);
    if (!ours) this.noteStranger(name, stat);
    return ours;
  }

  private traces(state: State, name: string): readonly Trace[] {
    return [...tracesOf(state, name), ...(this.former.get(name) ?? [])];
  }

  private async isOurBytes(stat: fs.Stats, traces: readonly Trace[], name: string): Promise<boolean> {
    const alike = traces.filter(({ size, sha256 }) => size === stat.size && sha256 !== null);
    if (alike.length === 0) return false;
    const found = await this.reading(name, stat, (fd) => hashOf(fd, stat.size));
    return alike.some(({ sha256 }) => sha256 === found);
  }

  private async isOurText(stat: fs.Stats, state: State, name: string): Promise<boolean> {
    if (stat.size > TEXT_BYTES_MAX) return false;
    const bytes = await this.reading(name, stat, (fd) => bytesOf(fd, stat.size));
    if (bytes === null) return false;
    const times = name === PLAN_FILE ? state.plan.stamps : state.metadataStamps;
    const isNewest = Date.parse(times.at(-1) ?? '') === stampMs(stat);
    const newest = await newestText(state, name);
    if (newest?.equals(bytes)) return true;
    const text = bytes.toString();
    // Another version of this program may have written the same revision with more or fewer members.
    if (newest !== null && isNewest && isAsWritten(text, newest.toString())) return true;
    return this.wasOnceText(name, text);
  }

  /** Null when another file stands there by now. */
  private async reading<T>(
    name: string,
    stat: fs.Stats,
    read: (fd: number) => Promise<T>,
  ): Promise<T | null> {
    const opened = openPlain(this.folder, name);
    if (opened === null) return null;
    try {
      return identityOf(opened.stat) === identityOf(stat) ? await read(opened.fd) : null;
    } finally {
      fs.closeSync(opened.fd);
    }
  }

  private noteStranger(name: string, stat: fs.Stats): void {
    this.strangers.delete(name);
    this.strangers.set(name, identityOf(stat));
    if (this.strangers.size <= STRANGERS_MAX) return;
    const [oldest] = this.strangers.keys();
    if (oldest !== undefined) this.strangers.delete(oldest);
  }
}

/** What tells one content of a file from another, as far as `stat` can. */
export function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: fs.Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** The time that a file of ours bears, in ms since 1970; NaN for none. `utimes` with whole ms lands up to 1 µs low. */
export function stampMs(stat: fs.Stats): number {
  const rounded = Math.round(stat.mtimeMs);
  return Math.abs(stat.mtimeMs - rounded) <= 0.002 ? rounded : Number.NaN;
}

function tracesOf(state: State, name: string): Trace[] {
  if (name === PLAN_FILE || name === METADATA_FILE) {
    const times = name === PLAN_FILE ? state.plan.stamps : state.metadataStamps;
    return times.map((time, i) => ({
      ms: Date.parse(time),
      sha256: null,
      size: i === times.length - 1 && hasText(state, name) ? 'newest' : null,
    }));
  }
  const revisions = state.artifacts.get(name.slice(ARTIFACTS.length + 1))?.revisions ?? [];
  return revisions.flatMap(({ at, size, sha256, deleted }) =>
    deleted ? [] : [{ ms: Date.parse(at), size, sha256 }],
  );
}

function hasText({ plan, metadata }: State, name: string): boolean {
  return (name === PLAN_FILE ? plan.version : metadata) !== null;
}

async function newestText(state: State, name: string): Promise<Buffer | null> {
  if (!hasText(state, name)) return null;
  return name === PLAN_FILE ? planBytes(state) : Buffer.from(metadataFile(state));
}

function isAsWritten(text: string, newest: string): boolean {
  try {
    const isLaidOut = `${JSON.stringify(JSON.parse(text), null, 2)}\n` === text;
    return isLaidOut && revisionOf(text) === revisionOf(newest);
  } catch {
    return false;
  }
}

async function bytesOf(fd: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  const count = await new Promise<number>((resolve, reject) => {
    fs.read(fd, bytes, 0, size, 0, (error, read) => (error ? reject(error) : resolve(read)));
  });
  return bytes.subarray(0, count);
}
