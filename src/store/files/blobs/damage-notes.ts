/**
 * Which objects of a taskspace were found damaged, kept in `.taskspace/damaged.json`, so that the summary
 * shows it on every worker and after a restart. Not the truth: an entry is valid only while the file is the
 * one that was found, so a repaired object drops out without further action.
 */
import fs from 'node:fs';
import { createPlain, lookAt, openPlain, removePlain, renamePlain } from '../journal/opener.js';
import { temporaryName } from '../journal/temporary-name.js';
import { identityOf } from '../mirror/authorship.js';
import { DAMAGE_FILE, objectName } from '../paths.js';

export interface Damage {
  readonly sha256: string;
  /** What is wrong with it, for a person. */
  readonly what: string;
  readonly at: string;
  /** Identity of the damaged file; '' when it was missing. */
  readonly found: string;
}

/** The summary shows no more. */
const ENTRIES_MAX = 20;
const BYTES_MAX = 64 * 1024;
const TEXT_MAX = 300;

export class DamageNotes {
  constructor(
    private readonly folder: string,
    private readonly now: () => number,
  ) {}

  /** Notes damage, unless it is known. Never throws: a failed note must not make anything worse. */
  note(sha256: string, what: string): void {
    this.change((entries) => {
      const found = this.present(sha256);
      if (entries.some((entry) => entry.sha256 === sha256 && entry.found === found)) return entries;
      const entry = { sha256, what: what.slice(0, TEXT_MAX), at: new Date(this.now()).toISOString(), found };
      return [...entries.filter((other) => other.sha256 !== sha256), entry].slice(-ENTRIES_MAX);
    });
  }

  /** To be called when an object was put in its place: the notes on it are removed. False: there are none. */
  placed(sha256: string): boolean {
    if (lookAt(this.folder, DAMAGE_FILE) === null) return false;
    this.change((entries) => entries.filter((entry) => entry.sha256 !== sha256));
    return true;
  }

  /** The objects that are still damaged, the oldest note first. */
  standing(): Damage[] {
    try {
      return this.read().filter(({ sha256, found }) => this.present(sha256) === found);
    } catch {
      return [];
    }
  }

  /** Whether this object was found damaged and still is. Costs one lstat while nothing is noted. */
  isStanding(sha256: string): boolean {
    if (lookAt(this.folder, DAMAGE_FILE) === null) return false;
    return this.standing().some((entry) => entry.sha256 === sha256);
  }

  private change(next: (entries: Damage[]) => Damage[]): void {
    try {
      const known = this.read();
      const entries = next(known);
      if (entries === known || (entries.length === 0 && known.length === 0)) return;
      const temporary = temporaryName();
      const fd = createPlain(this.folder, temporary);
      try {
        fs.writeFileSync(fd, `${JSON.stringify(entries)}\n`);
        renamePlain(this.folder, temporary, DAMAGE_FILE);
      } finally {
        fs.closeSync(fd);
        removePlain(this.folder, temporary);
      }
    } catch {
      // A folder that takes no files has its damage in the log.
    }
  }

  private read(): Damage[] {
    const opened = openPlain(this.folder, DAMAGE_FILE);
    if (opened === null) return [];
    try {
      if (opened.stat.size > BYTES_MAX) return [];
      const value: unknown = JSON.parse(fs.readFileSync(opened.fd, 'utf8'));
      return Array.isArray(value) ? value.filter(isDamage).slice(-ENTRIES_MAX) : [];
    } catch {
      return [];
    } finally {
      fs.closeSync(opened.fd);
    }
  }

  private present(sha256: string): string {
    const stat = lookAt(this.folder, objectName(sha256));
    return stat === null ? '' : stat === 'odd' ? stat : identityOf(stat);
  }
}

/** The file may have been copied in with any content. */
function isDamage(value: unknown): value is Damage {
  if (typeof value !== 'object' || value === null) return false;
  const { sha256, what, at, found } = value as Record<string, unknown>;
  const areTexts = [sha256, what, at, found].every((text) => typeof text === 'string');
  return areTexts && String(what).length <= TEXT_MAX && /^[0-9a-f]{64}$/.test(String(sha256)) && isTime(at);
}

function isTime(at: unknown): boolean {
  const ms = Date.parse(String(at));
  return !Number.isNaN(ms) && new Date(ms).toISOString() === at;
}
