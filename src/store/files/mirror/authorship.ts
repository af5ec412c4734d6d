/**
 * The author of a mirror file: this server, or another one, whose file is never changed.
 *
 * A file of the server has the time of its commit and the size of its revision; usually only these are
 * checked. A copy of a taskspace has other times (`cp -r`, `tar -m`, `git clone`, `touch`). So before a file
 * is attributed to another author its bytes are read: those of a known revision are the server's, whatever
 * their time. A file found to be of another author is not read again while it stays the same.
 */
import fs from 'node:fs';
import type { State } from '../../../domain/state.js';
import { hashOf } from '../blobs/object-stream.js';
import { openPlain } from '../journal/opener.js';
import { ARTIFACTS, METADATA_FILE, PLAN_FILE } from '../paths.js';
import { metadataFile, planBytes } from './content.js';
import { revisionOf } from './known-texts.js';

/** A longer `plan.json` or `taskspace.json` was not written by the server. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const STRANGERS_MAX = 1_000;

/** What a file of the server may be like. Neither size nor bytes of older plans and metadata are known. */
interface Trace {
  readonly ms: number;
  /** The size of the newest text is computed only when the time fits, since a long plan is expensive. */
  readonly size: number | 'newest' | null;
  readonly sha256: string | null;
}

export class Authorship {
  /** What names held in an earlier generation. */
  private readonly former = new Map<string, readonly Trace[]>();
  /** Files of other authors, by name: their identities when they were read. */
  private readonly strangers = new Map<string, string>();

  /** @param wasOnceText whether this was the text of `plan.json` or `taskspace.json` at any time. */
  constructor(
    private readonly folder: string,
    private readonly wasOnceText: (name: string, text: string) => Promise<boolean>,
  ) {}

  /** Remembers the files of a generation that ends. */
  reset(state: State): void {
    for (const artifact of state.artifacts.keys()) {
      const name = `${ARTIFACTS}/${artifact}`;
      this.former.set(name, tracesOf(state, name));
    }
  }

  /**
   * Whether a closer check is worth it: not when the server never wrote this name, or the file is known to be
   * of another author.
   */
  mayBeOurs(stat: fs.Stats, state: State, name: string): boolean {
    return this.traces(state, name).length > 0 && this.strangers.get(name) !== identityOf(stat);
  }

  /**
   * Reads the file when its time is not one of the server's. `state` is not older than the stat of the file;
   * `newest` is the newest content, if it is known already.
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

  /** Null when another file is there by now. */
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

/** Distinguishes one content of a file from another, as far as `stat` can. */
export function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: fs.Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/**
 * The time on a file of the server, in ms since 1970; NaN for none. `utimes` with whole ms lands up to 1 µs
 * low.
 */
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
