/**
 * Taskspaces with something wrong that leaves them readable, as far as the projector has met them: their ids
 * in a note of the catalog.
 */
import { namesIn } from './notes.js';

/** More are not named. */
const IDS_MAX = 100;

export class MarkedIds implements Iterable<string> {
  private readonly ids = new Set<string>();
  private isMoved = false;

  constructor(private readonly note: string) {}

  /** Takes over what is noted; what is known here alone is noted with the next news. */
  restore(notes: Readonly<Record<string, string>>): void {
    const noted = namesIn(notes[this.note]);
    for (const id of noted) this.ids.add(id);
    this.isMoved = this.ids.size > noted.length;
  }

  mark(id: string, isSo: boolean): void {
    if (isSo === this.ids.has(id) || (isSo && this.ids.size >= IDS_MAX)) return;
    if (isSo) this.ids.add(id);
    else this.ids.delete(id);
    this.isMoved = true;
  }

  /** The note, if it has changed since the last time. */
  news(): Readonly<Record<string, string>> {
    if (!this.isMoved) return {};
    this.isMoved = false;
    return { [this.note]: JSON.stringify([...this.ids]) };
  }

  [Symbol.iterator](): Iterator<string> {
    return this.ids.values();
  }
}
