/** How far the catalog is: noted in it for `/ready`, and logged, both at a steady pace. */
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';

const NOTE_MS = 1_000;
const LOG_MS = 5_000;

export type BuildState = 'rows' | 'texts' | 'ready';

export class ProgressNotes {
  /** As last noted. */
  state: BuildState = 'ready';
  /** Taskspaces of which `done` is a part. */
  total = 0;
  private notedAt = 0;
  private loggedAt = 0;

  constructor(
    private readonly writer: Calls<Pick<CatalogWriting, 'note'>>,
    private readonly onProgress: (fields: object, text: string) => void,
  ) {}

  /** Notes what begins, or that nothing is being built any more. */
  begin(state: BuildState): Promise<void> {
    return this.note(state, 0);
  }

  /** @param done taskspaces of `total`. */
  async reach(state: BuildState, done: number): Promise<void> {
    if (performance.now() >= this.notedAt + NOTE_MS) await this.note(state, done);
  }

  private async note(state: BuildState, done: number): Promise<void> {
    this.state = state;
    this.notedAt = performance.now();
    const of = state === 'ready' ? 0 : this.total;
    await this.writer.call('note', { progress: JSON.stringify({ state, done, of }) });
    if (performance.now() < this.loggedAt + LOG_MS || state === 'ready') return;
    this.loggedAt = performance.now();
    this.onProgress({ state, done, of }, 'The catalog is being made');
  }
}
