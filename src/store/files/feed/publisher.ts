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
import type { Publication } from './segment.js';
import type { Reached } from './segment-checkpoint.js';

/** What commits may have changed. */
class Changed {
  readonly types = new Set<EventType>();
  readonly owners = new Set<string>();

  add({ types, owners }: Changed): void {
    for (const type of types) this.types.add(type);
    for (const owner of owners) this.owners.add(owner);
  }

  clear(): void {
    this.types.clear();
    this.owners.clear();
  }
}

/** What a process of this server has committed, and knows to be on disk up to the offset `safe`. */
export interface OwnCommit {
  readonly safe: number;
}

export class Publisher {
  /** By what no publication includes yet. */
  private readonly fresh = new Changed();
  /** By what publications under way include: unpublished until the last of them is in the feed. */
  private readonly underWay = new Changed();
  private lastUnderWay: Publication | null = null;
  /** Owner as of the last record folded. */
  private owner: string | null = null;
  /** Not all folded records were seen one by one: any type may be among them. */
  private unknown = true;
  /** What the last publication found published. */
  private through = { head: '', epoch: -1 };

  constructor(
    private readonly journal: Journal,
    private readonly feed: Feed,
  ) {
    journal.followers.add({
      onCommit: (record) => this.note(record),
      onReload: () => {
        this.unknown = true;
      },
    });
  }

  /** Whether the state is published as it is. Costs a comparison and no file call. */
  get isPublished(): boolean {
    const { journal, through } = this;
    if (journal.state.commit === 0) return true;
    return through.head === journal.state.head && through.epoch === journal.loads;
  }

  /**
   * Publishes what the state has reached. False: the feed contains more than this state, so the journal must
   * catch up first. Costs a comparison when there is nothing to publish.
   */
  publish(own: OwnCommit | null = null): boolean {
    const { journal, feed } = this;
    const { id, commit } = journal.state;
    if (commit === 0) this.unknown = false;
    if (this.isPublished) return true;
    // A commit of this process is hardly ever published by another one; those of others usually are, and one
    // poll shows it.
    if (!own && (feed.reached(id)?.to ?? 0) < commit) feed.poll();
    const again = this.contradicts(feed.reached(id));
    // The publisher of more had appended it before: a state that still lacks it after one more check has
    // another journal.
    if (again && !this.isLatest()) return false;
    if (again || (feed.reached(id)?.to ?? 0) < commit) feed.publish(this.publication(again, own));
    this.through = { head: journal.state.head, epoch: journal.loads };
    this.fresh.clear();
    this.underWay.clear();
    this.unknown = false;
    return true;
  }

  /**
   * The same at the end of this turn of the event loop, in one append with what other writers of this process
   * publish. False: the journal must be checked first.
   */
  async publishSoon(own: OwnCommit): Promise<boolean> {
    const { journal, feed } = this;
    const { id, commit, head } = journal.state;
    if (this.isPublished) return true;
    const reached = feed.reached(id);
    if (this.contradicts(reached) || (reached?.to ?? 0) >= commit) return this.publish(own);
    const { loads } = journal;
    const publication = this.publication(false, own);
    this.underWay.add(this.fresh);
    this.fresh.clear();
    this.lastUnderWay = publication;
    await feed.publishSoon(publication);
    if (journal.loads !== loads) return false;
    this.through = { head, epoch: loads };
    if (this.lastUnderWay === publication) {
      this.underWay.clear();
      this.unknown = false;
    }
    return true;
  }

  /** Whether the feed contains what this state does not. */
  private contradicts(reached: Reached | undefined): boolean {
    const { commit, head } = this.journal.state;
    return reached !== undefined && (reached.to > commit || (reached.to === commit && reached.head !== head));
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

  private publication(again: boolean, own: OwnCommit | null): Publication {
    const { id, commit, head, metadata } = this.journal.state;
    const changed = new Changed();
    changed.add(this.underWay);
    changed.add(this.fresh);
    if (metadata) changed.owners.add(metadata.owner);
    const types = again || this.unknown ? [] : [...changed.types];
    const safe = own?.safe ?? 0;
    return {
      ...{ id, to: commit, head, owners: [...changed.owners], types },
      ...(again ? { again: true } : {}),
      ...(safe > 0 ? { safe } : {}),
    };
  }

  private note(record: Record): void {
    const { types, owners } = this.fresh;
    for (const event of record.commit.events) types.add(event.type);
    if (this.owner !== null) owners.add(this.owner);
    this.owner = this.journal.state.metadata?.owner ?? null;
    if (this.owner !== null) owners.add(this.owner);
  }
}
