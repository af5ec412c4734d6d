/**
 * Handles on taskspaces that the catalog follows, kept while there is room, so that a commit costs the fold
 * of its record alone. Each remembers which commit was catalogued from it: a fold that continues from there
 * needs no further check.
 */
import type { Store, Taskspace } from '../store/ports.js';

const BYTES_MAX = 64 * 1024 * 1024;
const COUNT_MAX = 4_000;
/** A handle's size without the state that it holds. */
const HANDLE_BYTES = 4_000;

export interface Followed {
  readonly folder: Taskspace;
  /** Head and load of the state that was catalogued last; '' before. */
  head: string;
  loads: number;
  weight: number;
}

export class FolderPool {
  /** In order of use, the least recent first. */
  private readonly entries = new Map<string, Followed>();
  private bytes = 0;
  /** Whether handles are kept at all: a single pass over all taskspaces would only fill memory. */
  keeping = true;

  constructor(private readonly store: Store) {}

  /** The handle, as the most recently used. Its state is that of its last check. */
  get(id: string): Followed {
    const entry = this.entries.get(id) ?? { folder: this.store.open(id), head: '', loads: -1, weight: 0 };
    this.entries.delete(id);
    this.entries.set(id, entry);
    return entry;
  }

  /** Called when its state has been caught up: the least recent others make room, never the handle itself. */
  used(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (!this.keeping) {
      this.drop(id);
      return;
    }
    const weight = entry.folder.weight + HANDLE_BYTES;
    this.bytes += weight - entry.weight;
    entry.weight = weight;
    for (const oldest of this.entries.keys()) {
      if (oldest === id || (this.bytes <= BYTES_MAX && this.entries.size <= COUNT_MAX)) return;
      this.drop(oldest);
    }
  }

  drop(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    this.bytes -= entry.weight;
    entry.folder.close();
  }

  close(): void {
    for (const id of [...this.entries.keys()]) this.drop(id);
  }
}
