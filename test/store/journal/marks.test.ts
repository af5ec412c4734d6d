import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bloomKeyOf } from '../../../src/domain/bloom-keys.js';
import { BloomFilters } from '../../../src/store/files/journal/bloom-filters.js';
import { type IndexRow, SparseIndex } from '../../../src/store/files/journal/sparse-index.js';

const STRIDE = 100;
const MAX = 8;

interface Taken {
  readonly at: number;
  readonly bytes: number;
  readonly commit: number;
  /** Of its messages, in order. */
  readonly seqs: readonly number[];
  readonly trait: number;
}

/** A journal of records of these lengths, each with so many messages, each record with a trait of its own. */
function journalOf(shape: readonly (readonly [bytes: number, messages: number])[]): Taken[] {
  let at = 0;
  let seq = 0;
  return shape.map(([bytes, messages], commit) => {
    const taken = {
      at,
      bytes,
      commit: commit + 1,
      seqs: Array.from({ length: messages }, () => ++seq),
      trait: bloomKeyOf('from', `sender ${commit}`),
    };
    at += bytes;
    return taken;
  });
}

function take(marks: SparseIndex, { at, bytes, commit, seqs, trait }: Taken, lastSeq: number): void {
  marks.add(
    { at, commit, seq: lastSeq },
    bytes,
    seqs.map(() => trait),
  );
}

/** Every record is found in the stretch that it lies in, and every mark is one of them. */
function expectWhole(row: IndexRow, records: readonly Taken[]): void {
  for (const { at, commit, seqs, trait } of records) {
    const index = row.lastBefore((mark) => mark.at <= at);
    const mark = row.at(index);
    expect(mark?.at).toBeLessThanOrEqual(at);
    expect(mark?.commit).toBeLessThanOrEqual(commit);
    for (const seq of seqs) {
      expect(row.lastBefore((candidate) => candidate.seq < seq)).toBe(index);
      expect(row.mayHold(index, [[trait]])).toBe(true);
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

describe('marks', () => {
  // Fails when joined stretches lose a filter, when an old one is left in place, or when the open stretch is
  // joined away.
  it('lead to every record and deny no message, few as they stay, in old rows too and from a snapshot', () => {
    fc.assert(
      fc.property(shapes, fc.nat(300), (shape, cut) => {
        const records = journalOf(shape);
        const marks = new SparseIndex(STRIDE, MAX);
        let lastSeq = 0;
        let old: { row: IndexRow; records: Taken[] } | null = null;
        for (const [i, record] of records.entries()) {
          if (i === cut) old = { row: marks.row, records: records.slice(0, i) };
          take(marks, record, lastSeq);
          lastSeq = record.seqs.at(-1) ?? lastSeq;
        }
        expect(marks.row.length).toBeLessThanOrEqual(MAX);
        expectWhole(marks.row, records);
        if (old) for (const record of old.records) expectStillFound(old.row, record);
        expectWhole(SparseIndex.restore(marks.save()).row, records);
      }),
      { numRuns: 300 },
    );
  });

  it('go on from a snapshot as from the beginning', () => {
    fc.assert(
      fc.property(shapes, fc.nat(300), (shape, cut) => {
        const records = journalOf(shape);
        const whole = new SparseIndex();
        let resumed = new SparseIndex();
        let lastSeq = 0;
        for (const [i, record] of records.entries()) {
          if (i === cut) resumed = SparseIndex.restore(JSON.parse(JSON.stringify(resumed.save())));
          take(whole, record, lastSeq);
          take(resumed, record, lastSeq);
          lastSeq = record.seqs.at(-1) ?? lastSeq;
        }
        expect(resumed.save()).toEqual(whole.save());
      }),
    );
  });

  it('give a record that is longer than a stretch one of its own', () => {
    const records = journalOf([
      [40, 1],
      [5000, 0],
      [40, 1],
      [40, 1],
    ]);
    const marks = new SparseIndex(STRIDE, MAX);
    for (const [i, record] of records.entries()) take(marks, record, Math.max(0, i - 1));
    expect(marks.row.list.map(({ at }) => at)).toEqual([0, 40, 5040]);
  });

  it('take the same memory however long the journal is', () => {
    const marks = new SparseIndex(STRIDE, MAX);
    const weights: number[] = [];
    for (const [i, record] of journalOf(Array.from({ length: 5000 }, () => [37, 1] as const)).entries()) {
      take(marks, record, i);
      if (i > 200) weights.push(marks.weight);
    }
    expect(Math.max(...weights)).toBeLessThanOrEqual(2 * MAX * (256 + 60));
  });

  it('of a snapshot that lacks some are refused', () => {
    const marks = new SparseIndex();
    marks.add({ at: 0, commit: 1, seq: 0 }, 10, []);
    const saved = marks.save();
    expect(() => SparseIndex.restore({ ...saved, filters: '' })).toThrow('lack filters');
    expect(() => SparseIndex.restore({ ...saved, places: saved.places.slice(4) })).toThrow();
  });
});

/**
 * In a row from before a thinning, as its readers use it: the record's stretch may still be read up to the
 * next mark.
 */
function expectStillFound(row: IndexRow, { at, seqs, trait }: Taken): void {
  const index = row.lastBefore((mark) => mark.at <= at);
  for (const _seq of seqs) expect(row.mayHold(index, [[trait]])).toBe(true);
}

describe('a filter of traits', () => {
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
