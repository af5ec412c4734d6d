import { describe, expect, it } from 'vitest';
import { turn } from '../../src/platform/turn.js';
import { FairYield } from '../../src/platform/yield-fairly.js';

const READS_MAX = 256;

describe('the end of a turn', () => {
  it('publishes before it reads, whatever was asked for first, and only then lets long work go on', async () => {
    const order: string[] = [];
    const slice = turn.slice().then(() => order.push('slice'));
    turn.atEnd('read', () => order.push('read'));
    turn.atEnd('publish', () => order.push('publish'));
    turn.atEnd('read', () => order.push('second read'));
    expect(order).toEqual([]);
    await slice;
    expect(order).toEqual(['publish', 'read', 'second read', 'slice']);
  });

  it('leaves what is asked for meanwhile to the next one', async () => {
    const turns: number[] = [];
    await new Promise<void>((done) => {
      turn.atEnd('read', () => {
        turns.push(turn.number);
        turn.atEnd('read', () => {
          turns.push(turn.number);
          done();
        });
      });
    });
    expect(turns[1]).toBe((turns[0] ?? 0) + 1);
  });

  it('comes at once when many reads wait, with all of them, and not within itself', () => {
    let read = 0;
    let nested = 0;
    for (let n = 0; n < READS_MAX; n++) {
      expect(read).toBe(0);
      turn.atEnd('read', () => {
        read++;
        turn.atEnd('read', () => nested++);
      });
    }
    expect([read, nested]).toEqual([READS_MAX, 0]);
  });

  it('gives long works one slice a turn, each in its turn, with all reads in between', async () => {
    const order: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let n = 0; n < 3; n++) {
        await turn.slice();
        order.push(`${name} in ${turn.number}`);
      }
    };
    await Promise.all([work('a'), work('b')]);
    expect(new Set(order.map((line) => line.split(' in ')[1])).size).toBe(6);
    expect(order.map((line) => line[0]).join('')).toBe('ababab');
  });

  it('is not waited for by work that has not used up its slice', async () => {
    const before = turn.number;
    const turns = new FairYield();
    await turns.next();
    const begun = turn.number;
    expect(begun).toBeGreaterThan(before);
    await turns.next();
    expect(turn.number).toBe(begun);
  });
});
