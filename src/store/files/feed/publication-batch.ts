/** What this process publishes in one turn of its event loop: one append for all of it. */
import { turn } from '../../../platform/turn.js';
import type { Publication } from './segment.js';

export class PublicationBatch {
  private waiting: Publication[] = [];
  private done: Promise<void> | null = null;

  /** @param publishAll publishes all of them, or throws: then all of them are refused. */
  constructor(private readonly publishAll: (publications: readonly Publication[]) => void) {}

  /** Resolves when it is published, at the end of this turn. Rejects with what `publishAll` throws. */
  add(publication: Publication): Promise<void> {
    this.waiting.push(publication);
    this.done ??= new Promise((resolve, reject) => {
      turn.atEnd('publish', () => {
        const { waiting } = this;
        this.waiting = [];
        this.done = null;
        try {
          this.publishAll(waiting);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.done;
  }
}
