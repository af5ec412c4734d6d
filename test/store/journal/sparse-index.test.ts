import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bloomKeyOf } from '../../../src/domain/bloom-keys.js';
import { BloomFilters } from '../../../src/store/files/journal/bloom-filters.js';
import { type IndexRow, SparseIndex } from '../../../src/store/files/journal/sparse-index.js';

const STRIDE = 100;
const MAX = 8;

interface Accepted {
  readonly at: number;
  readonly bytes: number;
  readonly commit: number;
  /** Of its messages, in order. */
  readonly seqs: readonly number[];
  readonly bloomKey: number;
}

/** A journal of records of these lengths, each with so many messages, each with a bloom key of its own. */
function journalOf(shape: readonly (readonly [bytes: number, messages: number])[]): Accepted[] {
  let at = 0;
  let seq = 0;
  return shape.map(([bytes, messages], commit) => {
    const accepted = {
      at,
      bytes,
      commit: commit + 1,
      seqs: Array.from({ length: messages }, () => ++seq),
      bloomKey: bloomKeyOf('from', `sender ${commit}`),
    };
    at += bytes;
    return accepted;
  });
}

function accept(index: SparseIndex, { at, bytes, commit, seqs, bloomKey }: Accepted, lastSeq: number): void {
  index.add(
    { at, commit, seq: lastSeq },
    bytes,
    seqs.map(() => bloomKey),
  );
}

/** Every record is found in the block that it lies in, and every entry is one of them. */
function expectWhole(row: IndexRow, records: readonly Accepted[]): void {
  for (const { at, commit, seqs, bloomKey } of records) {
    const index = row.lastBefore((entry) => entry.at <= at);
    const entry = row.at(index);
    expect(entry?.at).toBeLessThanOrEqual(at);
    expect(entry?.commit).toBeLessThanOrEqual(commit);
    for (const seq of seqs) {
      expect(row.lastBefore((candidate) => candidate.seq < seq)).toBe(index);
      expect(row.mayHold(index, [[bloomKey]])).toBe(true);
    }
  }
  for (let i = 0; i < row.length; i++)
    expect(records.some(({ at, commit }) => at === row.at(i)?.at && commit === row.at(i)?.commit)).toBe(true);
}

const shapes = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 10, max: 60 }), fc.integer({ min: 90, max: 500 })),
    fc.integer({ min: 0, max: 3 }),
  ),
  { minLength: 1, maxLength: 300 },
);

describe('the sparse index', () => {
  // Fails when joined blocks lose a filter, when an old one is left in place, or when the open block is
  // joined away.
  it('leads to every record and denies no message, small as it stays, in old rows too and from a snapshot', () => {
    fc.assert(
      fc.property(shapes, fc.nat(300), (shape, cut) => {
        const records = journalOf(shape);
        const index = new SparseIndex(STRIDE, MAX);
        let lastSeq = 0;
        let old: { row: IndexRow; records: Accepted[] } | null = null;
        for (const [i, record] of records.entries()) {
          if (i === cut) old = { row: index.row, records: records.slice(0, i) };
          accept(index, record, lastSeq);
          lastSeq = record.seqs.at(-1) ?? lastSeq;
        }
        expect(index.row.length).toBeLessThanOrEqual(MAX);
        expectWhole(index.row, records);
        if (old) for (const record of old.records) expectStillFound(old.row, record);
        expectWhole(SparseIndex.restore(index.save()).row, records);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on from a snapshot as from the beginning', () => {
    fc.assert(
      fc.property(shapes, fc.nat(300), (shape, cut) => {
        const records = journalOf(shape);
        const whole = new SparseIndex();
        let resumed = new SparseIndex();
        let lastSeq = 0;
        for (const [i, record] of records.entries()) {
          if (i === cut) resumed = SparseIndex.restore(JSON.parse(JSON.stringify(resumed.save())));
          accept(whole, record, lastSeq);
          accept(resumed, record, lastSeq);
          lastSeq = record.seqs.at(-1) ?? lastSeq;
        }
        expect(resumed.save()).toEqual(whole.save());
      }),
    );
  });

  it('gives a record that is longer than a block an entry of its own', () => {
    const records = journalOf([
      [40, 1],
      [5000, 0],
      [40, 1],
      [40, 1],
    ]);
    const index = new SparseIndex(STRIDE, MAX);
    for (const [i, record] of records.entries()) accept(index, record, Math.max(0, i - 1));
    expect(index.row.list.map(({ at }) => at)).toEqual([0, 40, 5040]);
  });

  it('takes the same memory however long the journal is', () => {
    const index = new SparseIndex(STRIDE, MAX);
    const weights: number[] = [];
    for (const [i, record] of journalOf(Array.from({ length: 5000 }, () => [37, 1] as const)).entries()) {
      accept(index, record, i);
      if (i > 200) weights.push(index.weight);
    }
    expect(Math.max(...weights)).toBeLessThanOrEqual(2 * MAX * (256 + 60));
  });

  it('of a snapshot that lacks entries is refused', () => {
    const index = new SparseIndex();
    index.add({ at: 0, commit: 1, seq: 0 }, 10, []);
    const saved = index.save();
    expect(() => SparseIndex.restore({ ...saved, filters: '' })).toThrow('lack filters');
    expect(() => SparseIndex.restore({ ...saved, places: saved.places.slice(4) })).toThrow();
  });
});

/**
 * In a row from before a thinning, as its readers use it: the record's block may still be read up to the
 * next entry.
 */
function expectStillFound(row: IndexRow, { at, seqs, bloomKey }: Accepted): void {
  const index = row.lastBefore((entry) => entry.at <= at);
  for (const _seq of seqs) expect(row.mayHold(index, [[bloomKey]])).toBe(true);
}

describe('a filter of bloom keys', () => {
  it.each([
    [50, 0.001],
    [150, 0.01],
    [300, 0.1],
  ])('with %i different ones lets through less than %d of the others', (count, share) => {
    const filters = new BloomFilters();
    for (let n = 0; n < count; n++) filters.add(3, bloomKeyOf('to', `agent-${n}`));
    let through = 0;
    for (let n = 0; n < 20_000; n++) if (filters.mayHave(3, bloomKeyOf('to', `other-${n}`))) through++;
    expect(through / 20_000).toBeLessThan(share);
    expect(filters.mayHave(2, bloomKeyOf('to', 'agent-1'))).toBe(false);
  });

  it('tells members apart, and everybody from a receiver without a name', () => {
    const numbers = [
      bloomKeyOf('from', 'x'),
      bloomKeyOf('to', 'x'),
      bloomKeyOf('conversation', 'x'),
      bloomKeyOf('role', 'x'),
      bloomKeyOf('to', null),
      bloomKeyOf('to', ''),
      bloomKeyOf('conversation', ''),
    ];
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
