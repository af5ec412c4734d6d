import { describe, expect, it } from 'vitest';
import {
  decodeFeedLine,
  encodeHead,
  type PublicationLine,
  ReachedHeads,
} from '../../src/store/files/feed/segment.js';
import { seeded } from '../kit/seed.js';

const ABC = 'abc019_-';
const EPOCH = '0a1b2c3d';
const SECOND = { epoch: EPOCH, segment: 2, after: ['00000001-00000000.log', 99] } as const;

/** What a process knows that has read only the first line of the next segment. */
function readAnew(reaches: ReachedHeads): ReachedHeads {
  const line = encodeHead(SECOND, reaches);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  const read = decodeFeedLine(line.subarray(0, -1));
  if (read?.kind !== 'head') throw new Error(`read as ${read?.kind}`);
  const anew = new ReachedHeads();
  anew.acceptHead(read.told);
  return anew;
}

function published(id: string, to: number, head: string): PublicationLine {
  return { id, from: 1, to, head, owners: [], types: [] };
}

describe('the checkpoint of earlier segments', () => {
  it('is found by whoever reads the first line of the next one, over many segments, for any ids', () => {
    const chance = seeded('told before');
    const idOf = (): string =>
      Array.from({ length: 1 + chance.below(4) }, () => chance.pick([...ABC])).join('');
    const model = new Map<string, { to: number; head: string }>();
    let reaches = new ReachedHeads();
    for (let segment = 1; segment < 60; segment++) {
      for (let n = chance.below(3) === 0 ? 0 : chance.below(120); n > 0; n--) {
        const id = idOf();
        const reached = {
          to: (model.get(id)?.to ?? 0) + 1,
          head: chance.pick(['0123456789abcdef', 'é"[\t]\n', '']),
        };
        reaches.accept(published(id, reached.to, reached.head), { epoch: EPOCH, segment }, n);
        model.set(id, reached);
      }
      reaches = readAnew(reaches);
      for (const [id, reached] of model) expect(reaches.get(id)).toEqual(reached);
      for (let n = 0; n < 50; n++) {
        const id = idOf();
        expect(reaches.get(id)).toEqual(model.get(id));
      }
      const change = (
        JSON.parse(encodeHead(SECOND, reaches).toString()) as { told: [string, number, string][] }
      ).told;
      expect(change.map(([id]) => id)).toEqual([...model.keys()].sort());
    }
  });

  it('counts like what was published since: the same commit adds nothing, the next one begins behind it', () => {
    const before = new ReachedHeads();
    before.accept(published('one', 7, 'aa'), { epoch: EPOCH, segment: 1 }, 1);
    const reaches = readAnew(before);
    expect(reaches.covers(published('one', 7, 'aa'))).toBe(true);
    expect(reaches.accept(published('one', 9, 'bb'), SECOND, 50)).toMatchObject({ from: 8, to: 9 });
    expect(reaches.get('one')).toEqual({ to: 9, head: 'bb' });
  });

  it('is unreadable when a byte of it is', () => {
    const before = new ReachedHeads();
    before.accept(published('one', 7, 'aa'), { epoch: EPOCH, segment: 1 }, 1);
    const line = encodeHead(SECOND, before);
    line[line.length - 8] = 0x62;
    expect(decodeFeedLine(line.subarray(0, -1))).toEqual({ kind: 'unreadable' });
  });

  it('is taken from a first line in any order, as former versions wrote it', () => {
    const reaches = new ReachedHeads();
    reaches.acceptHead([
      ['two', 2, 'bb'],
      ['one', 1, 'aa'],
    ]);
    expect(readAnew(reaches).get('two')).toEqual({ to: 2, head: 'bb' });
    expect(readAnew(reaches).get('one')).toEqual({ to: 1, head: 'aa' });
  });
});
