/**
 * Removes what killed processes have left in `.taskspace/tmp`: halves of uploads, of mirror files and of
 * snapshots. Done by the steward: soon after a start, when a worker has died, and slowly all the time.
 *
 * The name of a file shows whether a process still writes it. So no file in use is removed, and the files of
 * a process that has just been killed are.
 */
import { listFolder, lookAt, OddPlace, removePlain } from './journal/opener.js';
import { isLeftOver, TEMPORARY } from './journal/temporary-name.js';
import { taskspaceFolder } from './paths.js';

const FIRST_AFTER_MS = 2_000;
const EVERY_MS = 600_000;
/** Checked in one turn of the loop: a check costs about 10 µs. */
const TASKSPACES_A_TURN = 50;
/** Files of one taskspace in one round; more wait for the next one. */
const FILES_MAX = 1_000;

export class LeftOvers {
  private timer: NodeJS.Timeout;
  private running: Promise<void> | null = null;
  private again = false;
  private closed = false;

  constructor(
    private readonly dataDir: string,
    private readonly store: { someIds(): AsyncIterable<readonly string[]> },
    private readonly onTrouble: (error: unknown) => void,
    firstAfterMs = FIRST_AFTER_MS,
  ) {
    this.timer = setTimeout(() => this.begin(), firstAfterMs).unref();
  }

  /** Begins a round; a running round is followed by another. */
  begin(): void {
    if (this.closed) return;
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
      if (!this.closed) this.timer = setTimeout(() => this.begin(), EVERY_MS).unref();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    while (this.again && !this.closed) {
      this.again = false;
      await this.round().catch((error: unknown) => this.onTrouble(error));
    }
  }

  private async round(): Promise<void> {
    let looked = 0;
    for await (const ids of this.store.someIds()) {
      for (const id of ids) {
        if (this.closed) return;
        try {
          removeLeftOvers(taskspaceFolder(this.dataDir, id), Date.now());
        } catch (error) {
          // An error in one taskspace does not stop the others. OddPlace is reported where a request meets
          // it.
          if (!(error instanceof OddPlace)) this.onTrouble(error);
        }
        looked++;
        if (looked % TASKSPACES_A_TURN === 0) await new Promise((resume) => setImmediate(resume));
      }
    }
  }
}

/** @param now in ms since 1970. */
export function removeLeftOvers(folder: string, now: number): void {
  for (const { name } of listFolder(folder, TEMPORARY, FILES_MAX)) {
    const file = `${TEMPORARY}/${name}`;
    const stat = lookAt(folder, file);
    if (stat !== null && stat !== 'odd' && isLeftOver(name, stat.mtimeMs, now)) removePlain(folder, file);
  }
}
