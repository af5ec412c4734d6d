/** What this process publishes in one turn of its event loop: one append for all of it. */
import { onceATurn } from '../../once-a-turn.js';
import type { Publication } from './segment.js';

export class PublicationBatch {
  private readonly waiting: Publication[] = [];
  private readonly publishWaiting = onceATurn(() => this.publishAll(this.waiting.splice(0)), 'publish');

  /** @param publishAll publishes all of them, or throws: then all of them are refused. */
  constructor(private readonly publishAll: (publications: readonly Publication[]) => void) {}

  /** Resolves when it is published, at the end of this turn. Rejects with what `publishAll` throws. */
  add(publication: Publication): Promise<void> {
    this.waiting.push(publication);
    return this.publishWaiting();
  }
}
