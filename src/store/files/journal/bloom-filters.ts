/**
 * A row of Bloom filters of one size, one per block of a journal: which bloom keys its messages may have. A
 * filter never denies a key that is present. Of the others it lets through one in 10,000 when a block has 50
 * different keys, one in 200 when it has 150. (B. H. Bloom, "Space/time trade-offs in hash coding with
 * allowable errors", 1970.)
 */
export const FILTER_BYTES = 256;
const FILTER_BITS = FILTER_BYTES * 8;
/** Bits that each key sets. */
const BITS_EACH = 4;

export class BloomFilters {
  private bytes = new Uint8Array(0);

  /** Bytes of memory taken. */
  get capacity(): number {
    return this.bytes.length;
  }

  add(index: number, bloomKey: number): void {
    this.reserve(index + 1);
    const start = index * FILTER_BYTES;
    for (let i = 0; i < BITS_EACH; i++) {
      const bit = bitOf(bloomKey, i);
      this.bytes[start + (bit >>> 3)] = (this.bytes[start + (bit >>> 3)] ?? 0) | (1 << (bit & 7));
    }
  }

  /** False: no message of the block has the key. */
  mayHave(index: number, bloomKey: number): boolean {
    const start = index * FILTER_BYTES;
    for (let i = 0; i < BITS_EACH; i++) {
      const bit = bitOf(bloomKey, i);
      if (((this.bytes[start + (bit >>> 3)] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  /** Adds the keys of a filter of another row. */
  merge(other: BloomFilters, from: number, into: number): void {
    if (from * FILTER_BYTES >= other.bytes.length) return;
    this.reserve(into + 1);
    for (let i = 0; i < FILTER_BYTES; i++) {
      const to = into * FILTER_BYTES + i;
      this.bytes[to] = (this.bytes[to] ?? 0) | (other.bytes[from * FILTER_BYTES + i] ?? 0);
    }
  }

  /** The first `count` filters. */
  save(count: number): Buffer {
    const saved = Buffer.alloc(count * FILTER_BYTES);
    saved.set(this.bytes.subarray(0, saved.length));
    return saved;
  }

  restore(saved: Uint8Array): void {
    this.bytes = new Uint8Array(saved);
  }

  private reserve(count: number): void {
    if (count * FILTER_BYTES <= this.bytes.length) return;
    const grown = new Uint8Array(
      Math.max(count, Math.ceil((this.bytes.length / FILTER_BYTES) * 1.5)) * FILTER_BYTES,
    );
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

/** The i-th bit of a key, by double hashing: its low 11 bits, and as the step, made odd, its high 11 bits. */
function bitOf(bloomKey: number, i: number): number {
  return (bloomKey + Math.imul(i, (bloomKey >>> 21) | 1)) & (FILTER_BITS - 1);
}
