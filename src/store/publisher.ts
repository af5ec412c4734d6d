/**
 * What one journal has reached and the feed has not been told yet.
 *
 * Nothing is served and nothing acknowledged before it is told (DESIGN.md section 3), so that whatever spans taskspaces
 * is never behind what somebody has seen of one of them.
 */
import type { EventType } from '../domain/event.js';
import type { Journal } from '../journal/journal.js';
import type { Record } from '../journal/record.js';
import type { Feed } from './feed.js';

export class Publisher {
  private readonly types = new Set<EventType>();
  private readonly owners = new Set<string>();
  /** Owner as of the last record folded. */
  private owner: string | null = null;
  /** Folded records were not all seen one by one: any type may be among them. */
  private unknown = true;
  /** What the last `tell` found told. */
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

  /** Whether the state has been told as it is. Costs a comparison and looks at nothing. */
  get isPublished(): boolean {
    const { journal, through } = this;
    return through.head === journal.state.head && through.epoch === journal.loads;
  }

  /**
   * Tells the feed what the state has reached. False: the feed knows of more than this state, so the journal must be
   * looked at again first. Costs a comparison when there is nothing to tell. `own`: this process has committed it, and knows
   * the journal to be on disk up to the offset `safe`.
   */
  publish(own: { readonly safe: number } | null = null): boolean {
    const { journal, feed } = this;
    const { id, commit, head } = journal.state;
    if (this.isPublished) return true;
    if (commit === 0) {
      this.unknown = false;
      return true;
    }
    // Our own commit is hardly ever told by somebody else; what others have committed is, and one look shows it.
    if (!own && (feed.reached(id)?.to ?? 0) < commit) feed.poll();
    const reached = feed.reached(id);
    const again =
      reached !== undefined && (reached.to > commit || (reached.to === commit && reached.head !== head));
    // Who told of more had appended it before: a state that still lacks it after one more look has another journal.
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
   * Up to where the journal is on disk, if whoever told of this very state has said so; else 0. As of the last look at the
   * feed.
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
