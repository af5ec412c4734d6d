/**
 * The sparse index: places in a journal to begin reading at, and for each block between two of them a filter
 * of the messages in it.
 *
 * There are at most BLOCKS_MAX entries, whatever the journal's length: above that every second one is
 * dropped, and blocks are twice as long. A record longer than a block is a block of its own, so that a reader
 * of messages skips a large plan.
 */
import { BloomFilters, FILTER_BYTES } from './bloom-filters.js';

/** A place to begin reading: the valid record at `at`, its commit number, and the last seq before it. */
export interface IndexEntry {
  readonly at: number;
  readonly commit: number;
  readonly seq: number;
}

/** Bytes of journal per block, at most: the price of finding a record. Doubled above BLOCKS_MAX. */
const BLOCK_BYTES = 16 * 1024;
/** With FILTER_BYTES for each this is 5 MB of memory, for journals of 256 MiB or more. */
const BLOCKS_MAX = 16 * 1024;
/** Memory of an entry without its filter: measured. */
const ENTRY_MEMORY_BYTES = 60;
const PLACE_BYTES = 24;

/** The entries as readers see them. A row only grows and is never thinned, so indexes into it stay good. */
export class IndexRow {
  readonly list: IndexEntry[] = [];
  readonly filters = new BloomFilters();

  get length(): number {
    return this.list.length;
  }

  at(index: number): IndexEntry | undefined {
    return this.list[index];
  }

  /** Whether the block may hold a message that has, for each of the sets, one of its bloom keys. */
  mayHold(index: number, sets: readonly (readonly number[])[]): boolean {
    return sets.every((bloomKeys) => bloomKeys.some((bloomKey) => this.filters.mayHave(index, bloomKey)));
  }

  /** Index of the last entry for which `before` holds; the first one when it holds for none. */
  lastBefore(before: (mark: IndexEntry) => boolean): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const mark = this.list[middle];
      if (mark && before(mark)) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

export class SparseIndex {
  row = new IndexRow();

  constructor(
    private stride = BLOCK_BYTES,
    private readonly max = BLOCKS_MAX,
  ) {}

  /** Bytes of memory taken. */
  get weight(): number {
    return this.row.length * ENTRY_MEMORY_BYTES + this.row.filters.capacity;
  }

  /** Adds the next valid record: its place, the bytes of its line, and the bloom keys of its messages. */
  add(place: IndexEntry, bytes: number, bloomKeys: readonly number[]): void {
    const last = this.row.list.at(-1);
    if (!last || place.at + bytes - last.at > this.stride) {
      this.row.list.push(place);
      if (this.row.length > this.max) this.thin();
    }
    const { filters, length } = this.row;
    for (const bloomKey of bloomKeys) filters.add(length - 1, bloomKey);
  }

  save(): SavedIndex {
    const { list, filters } = this.row;
    const places = Buffer.alloc(list.length * PLACE_BYTES);
    for (const [index, { at, commit, seq }] of list.entries()) {
      places.writeDoubleLE(at, index * PLACE_BYTES);
      places.writeDoubleLE(commit, index * PLACE_BYTES + 8);
      places.writeDoubleLE(seq, index * PLACE_BYTES + 16);
    }
    const saved = filters.save(list.length);
    return { stride: this.stride, places: places.toString('base64'), filters: saved.toString('base64') };
  }

  /** Throws when the argument is not what `save` returns. */
  static restore({ stride, places, filters }: SavedIndex): SparseIndex {
    const marks = new SparseIndex(stride);
    const { row } = marks;
    const bytes = Buffer.from(places, 'base64');
    if (bytes.length > BLOCKS_MAX * PLACE_BYTES) throw new Error('a snapshot has too many marks');
    for (let from = 0; from < bytes.length; from += PLACE_BYTES) {
      const at = bytes.readDoubleLE(from);
      row.list.push({ at, commit: bytes.readDoubleLE(from + 8), seq: bytes.readDoubleLE(from + 16) });
    }
    const saved = Buffer.from(filters, 'base64');
    if (saved.length !== row.length * FILTER_BYTES) throw new Error('the marks of a snapshot lack filters');
    row.filters.restore(saved);
    return marks;
  }

  /** Whether the entries are in order and none lies behind the last valid record. */
  fit(last: IndexEntry): boolean {
    let before: IndexEntry = { at: -1, commit: 0, seq: 0 };
    for (const mark of this.row.list) {
      const { at, commit, seq } = mark;
      if (!Number.isSafeInteger(at) || !Number.isSafeInteger(commit) || !Number.isSafeInteger(seq))
        return false;
      if (at <= before.at || commit <= before.commit || seq < before.seq) return false;
      before = mark;
    }
    return before.at <= last.at && before.commit <= last.commit && before.seq <= last.seq;
  }

  /** Doubles the stride until there are few enough entries, and joins blocks as far as they fit into one. */
  private thin(): void {
    const old = this.row;
    this.stride *= 2;
    this.row = new IndexRow();
    const { list, filters } = this.row;
    for (const [index, mark] of old.list.entries()) {
      const begun = list.at(-1);
      const next = old.list[index + 1];
      // The last block is still growing: it is not joined to the one before.
      if (!begun || !next || next.at - begun.at > this.stride) list.push(mark);
      filters.merge(old.filters, index, list.length - 1);
    }
    if (list.length > this.max) this.thin();
  }
}

/** As saved in a snapshot; the texts are base64. */
export interface SavedIndex {
  readonly stride: number;
  readonly places: string;
  readonly filters: string;
}
