/**
 * The descriptor through which a writer appends, on the file that its journal has folded.
 *
 * It is opened on demand, replaced when another file is at the path, and closed only while no sync uses it. A
 * sync covers the file and, the first time, the folders that name it; it ends when all of its calls have
 * ended.
 */
import path from 'node:path';
import { isAttemptable, writeFailure } from './failure.js';
import type { FileStat } from './files.js';
import type { Journal } from './journal.js';

interface Held {
  readonly fd: number;
  readonly dev: number;
  readonly ino: number;
  /** Whether the folders that name the file have been synced since it was opened. */
  named: boolean;
}

export class AppendFile {
  private held: Held | null = null;
  private syncing = 0;
  private readonly retired: number[] = [];

  constructor(private readonly journal: Journal) {}

  get isOpen(): boolean {
    return this.held !== null;
  }

  /** The descriptor, if it is open on this very file. */
  on({ dev, ino }: Pick<FileStat, 'dev' | 'ino'>): number | null {
    return this.held?.ino === ino && this.held.dev === dev ? this.held.fd : null;
  }

  /** A descriptor on the folded file; null when another file is at the path. Errors: 507 for a new file. */
  open(): number | null {
    const { journal } = this;
    const { files } = journal.ports;
    const { seen } = journal;
    const present = seen && this.on(seen);
    if (present !== null) return present;
    const fd = seen === null ? this.create() : files.open(journal.file, 'append');
    if (fd === null) return null;
    const stat = this.statOrClose(fd);
    const expected = seen === null ? stat.size === 0 : stat.dev === seen.dev && stat.ino === seen.ino;
    if (!expected) {
      files.close(fd);
      return null;
    }
    this.close();
    this.held = { fd, dev: stat.dev, ino: stat.ino, named: false };
    const { dev, ino, size, ctimeMs } = stat;
    if (seen === null) journal.seen = { dev, ino, size, ctimeMs };
    return fd;
  }

  /**
   * Syncs the folded file, and the folders that name it the first time; false when another file is at the
   * path. Of several errors the one that says more about the disk is reported. `failed` receives the error
   * and the inode that it is about.
   */
  async sync(failed: (error: unknown, ino: number) => Promise<void>): Promise<boolean> {
    if (this.journal.seen === null || this.open() === null || this.held === null) return false;
    const { held } = this;
    this.syncing++;
    try {
      const calls = [
        this.journal.ports.files.fdatasync(held.fd),
        ...(held.named ? [] : [this.syncFolders()]),
      ];
      const failures = (await Promise.allSettled(calls)).flatMap((call) =>
        call.status === 'rejected' ? [call.reason as unknown] : [],
      );
      const failure = failures.find((error) => !isAttemptable(error)) ?? failures[0];
      if (failure !== undefined) await failed(failure, held.ino);
      held.named = true;
      return true;
    } finally {
      this.syncing--;
      if (this.syncing === 0) for (const fd of this.retired.splice(0)) this.journal.ports.files.close(fd);
    }
  }

  /** Closes the descriptor: now, or when the last sync on it has ended. */
  close(): void {
    if (this.held === null) return;
    if (this.syncing === 0) this.journal.ports.files.close(this.held.fd);
    else this.retired.push(this.held.fd);
    this.held = null;
  }

  private create(): number | null {
    const { files } = this.journal.ports;
    try {
      files.makeFolder(this.journal.folder);
      return files.open(this.journal.file, 'append', 'create');
    } catch (error) {
      throw writeFailure((error as NodeJS.ErrnoException).code, error);
    }
  }

  private statOrClose(fd: number): FileStat {
    const { files } = this.journal.ports;
    try {
      return files.fstat(fd);
    } catch (error) {
      files.close(fd);
      throw error;
    }
  }

  private async syncFolders(): Promise<void> {
    const { files } = this.journal.ports;
    await files.syncFolder(this.journal.folder);
    await files.syncFolder(path.dirname(this.journal.folder));
  }
}
