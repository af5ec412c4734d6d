/**
 * What one journal has reached and the feed does not contain yet.
 *
 * Nothing is served or acknowledged before it is published (DESIGN.md section 3), so that what spans
 * taskspaces is never behind what a client has seen of one of them.
 */
import type { EventType } from '../../../domain/event.js';
import type { Journal } from '../journal/journal.js';
import type { Record } from '../journal/record.js';
import type { Feed } from './feed.js';

export class Publisher {
  private readonly types = new Set<EventType>();
  private readonly owners = new Set<string>();
  /** Owner as of the last record folded. */
  private owner: string | null = null;
  /** Not all folded records were seen one by one: any type may be among them. */
  private unknown = true;
  /** What the last `publish` found published. */
  private through = { head: '', epoch: -1 };

  constructor(
    private readonly journal: Journal,
    private readonly feed: Feed,
  ) {
    const { onCommit, onReload } = journal;
    journal.onCommit = (record) => {
      this.note(record);
      onCommit?.(record);
    };
    journal.onReload = () => {
      this.unknown = true;
      onReload?.();
    };
  }

  /** Whether the state is published as it is. Costs a comparison and no file call. */
  get isPublished(): boolean {
    const { journal, through } = this;
    return through.head === journal.state.head && through.epoch === journal.loads;
  }

  /**
   * Publishes what the state has reached. False: the feed contains more than this state, so the journal must
   * catch up first. Costs a comparison when there is nothing to publish. `own`: this process has committed
   * it, and knows the journal to be on disk up to the offset `safe`.
   */
  publish(own: { readonly safe: number } | null = null): boolean {
    const { journal, feed } = this;
    const { id, commit, head } = journal.state;
    if (this.isPublished) return true;
    if (commit === 0) {
      this.unknown = false;
      return true;
    }
    // A commit of this process is hardly ever published by another one; those of others usually are, and one
    // poll shows it.
    if (!own && (feed.reached(id)?.to ?? 0) < commit) feed.poll();
    const reached = feed.reached(id);
    const again =
      reached !== undefined && (reached.to > commit || (reached.to === commit && reached.head !== head));
    // The publisher of more had appended it before: a state that still lacks it after one more check has
    // another journal.
    if (again && !this.isLatest()) return false;
    if (again || (reached?.to ?? 0) < commit) this.append(again, own?.safe ?? 0);
    this.through = { head, epoch: journal.loads };
    this.types.clear();
    this.owners.clear();
    this.unknown = false;
    return true;
  }

  private isLatest(): boolean {
    const { head } = this.journal.state;
    return this.journal.catchUpNow() && this.journal.state.head === head;
  }

  /**
   * Offset up to which the journal is on disk, if the publication of this very state says so; else 0. As of
   * the last poll.
   */
  get publishedSafe(): number {
    const { id, head } = this.journal.state;
    const reached = this.feed.reached(id);
    return reached?.head === head ? (reached.safe ?? 0) : 0;
  }

  private append(again: boolean, safe: number): void {
    const { id, commit, head, metadata } = this.journal.state;
    const owners = new Set(this.owners);
    if (metadata) owners.add(metadata.owner);
    const types = again || this.unknown ? [] : [...this.types];
    this.feed.publish({
      ...{ id, to: commit, head, owners: [...owners], types },
      ...(again ? { again: true } : {}),
      ...(safe > 0 ? { safe } : {}),
    });
  }

  private note(record: Record): void {
    for (const event of record.commit.events) this.types.add(event.type);
    if (this.owner !== null) this.owners.add(this.owner);
    this.owner = this.journal.state.metadata?.owner ?? null;
    if (this.owner !== null) this.owners.add(this.owner);
  }
}
