/**
 * L1: folded taskspaces with bodies ready to send, kept in this process, bounded in bytes.
 *
 * Nothing here is trusted: every hit is checked against the journal by a `stat`. Without L1 a handle lives only while
 * somebody uses it, so that writers of the same moment still share one group commit.
 */
import { LRUCache } from 'lru-cache';
import type { Store } from '../store/store.js';
import type { TaskspaceFolder } from '../store/taskspace-folder.js';

/** A rendered body. Valid as long as `of`, the value it was rendered from, is still the value in the state. */
export interface ReadyBody {
  readonly of: object;
  readonly body: Buffer;
  readonly etag: string;
}

export class Resident {
  readonly bodies = new Map<string, ReadyBody>();
  users = 0;
  /** What L1 has counted for it; 0 while it is not in L1. */
  counted = 0;

  constructor(readonly folder: TaskspaceFolder) {}

  get weight(): number {
    let bytes = this.folder.weight;
    for (const { body } of this.bodies.values()) bytes += body.length + BODY_OVERHEAD_BYTES;
    return bytes;
  }
}

const BODY_OVERHEAD_BYTES = 300;
/** A change of weight below this share is not worth telling the LRU. */
const WEIGHT_SLACK = 0.1;

export interface L1Options {
  /** Bound in bytes; 0 = no L1. */
  readonly bytesMax: number;
  /** Upper bound on an entry's life. */
  readonly ttlSeconds: number;
}

export class L1 {
  private readonly lru: LRUCache<string, Resident> | null;
  /** Handles in use, in L1 or not. */
  private readonly used = new Map<string, Resident>();

  constructor(
    private readonly store: Store,
    { bytesMax, ttlSeconds }: L1Options,
  ) {
    if (bytesMax === 0) {
      this.lru = null;
      return;
    }
    this.lru = new LRUCache<string, Resident>({
      maxSize: bytesMax,
      ttl: ttlSeconds * 1000,
      ttlResolution: 1000,
      noDisposeOnSet: true,
      dispose: (resident) => {
        resident.counted = 0;
        if (resident.users === 0) resident.folder.close();
      },
    });
  }

  /** A resident taskspace whose state is that of the present, without waiting; undefined when it is not here. */
  peek(id: string): Resident | undefined {
    const resident = this.lru?.get(id);
    return resident?.folder.refresh() ? resident : undefined;
  }

  /**
   * Runs `work` on the taskspace's handle, its state brought up to the present. `hit` tells whether L1 had it. Errors: of
   * the store, and of `work`.
   */
  async use<T>(id: string, work: (resident: Resident, hit: boolean) => Promise<T> | T): Promise<T> {
    const cached = this.lru?.get(id);
    const resident = cached ?? this.used.get(id) ?? new Resident(this.store.open(id));
    resident.users++;
    this.used.set(id, resident);
    try {
      const hit = cached?.folder.refresh() === true;
      if (!hit) await this.load(id, resident);
      return await work(resident, hit);
    } finally {
      this.release(id, resident);
    }
  }

  close(): void {
    this.lru?.clear();
  }

  private async load(id: string, resident: Resident): Promise<void> {
    const cold = !resident.folder.exists;
    await resident.folder.present();
    if (cold && resident.folder.exists) await resident.folder.repairPlainFiles();
    if (this.lru && resident.folder.exists) this.keep(id, resident);
  }

  private release(id: string, resident: Resident): void {
    resident.users--;
    if (this.lru && resident.folder.exists) this.keep(id, resident);
    if (resident.users > 0) return;
    if (this.used.get(id) === resident) this.used.delete(id);
    if (resident.counted === 0) resident.folder.close();
  }

  /** Puts it into L1, or tells L1 its new weight. */
  private keep(id: string, resident: Resident): void {
    const { weight } = resident;
    if (resident.counted > 0 && Math.abs(weight - resident.counted) <= resident.counted * WEIGHT_SLACK)
      return;
    this.lru?.set(id, resident, { size: weight });
    // One that is larger than all of L1 is not taken.
    resident.counted = this.lru?.peek(id) === resident ? weight : 0;
  }
}
