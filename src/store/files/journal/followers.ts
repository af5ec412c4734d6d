/** Who follows what a journal folds: its writer, its publisher, a verification. All of them are called. */
import type { FileStat } from './files.js';
import type { Record } from './record.js';

export interface JournalFollower {
  /** Called for every valid record, also when a load folds it again. */
  onCommit?(record: Record): void;
  /** Called when a load begins: what was folded before may no longer be in the file. */
  onReload?(): void;
  /** Called for every invalid line, whatever the reason. */
  onInvalidLine?(at: number): void;
  /** False: the next load passes on every record, so no snapshot may replace the beginning of the file. */
  allowsSnapshot?(): boolean;
  /** A descriptor that is open on this very file; null: none. */
  heldFd?(stat: FileStat): number | null;
}

export class JournalFollowers implements Required<JournalFollower> {
  private readonly all: JournalFollower[] = [];

  /** To be called before the first load. */
  add(follower: JournalFollower): void {
    this.all.push(follower);
  }

  onCommit(record: Record): void {
    for (const follower of this.all) follower.onCommit?.(record);
  }

  onReload(): void {
    for (const follower of this.all) follower.onReload?.();
  }

  onInvalidLine(at: number): void {
    for (const follower of this.all) follower.onInvalidLine?.(at);
  }

  allowsSnapshot(): boolean {
    return this.all.every((follower) => follower.allowsSnapshot?.() ?? true);
  }

  heldFd(stat: FileStat): number | null {
    for (const follower of this.all) {
      const fd = follower.heldFd?.(stat) ?? null;
      if (fd !== null) return fd;
    }
    return null;
  }
}
