/** What every bus that connects processes promises while its wire is well. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus, BusMessage } from '../../src/bus/bus.js';
import { eventually } from '../kit/eventually.js';

export interface BusesUnderTest {
  /** Two ends of one wire, as two processes have them. */
  readonly near: Bus;
  readonly far: Bus;
  /** Puts something on the wire that no bus has written. */
  inject(value: unknown): void | Promise<void>;
  close(): Promise<void>;
}

export function busContract(name: string, create: () => Promise<BusesUnderTest>): void {
  describe(`${name} bus`, () => {
    let made: BusesUnderTest;
    let near: Bus;
    let far: Bus;
    let heard: Heard;
    beforeEach(async () => {
      made = await create();
      ({ near, far } = made);
      heard = listenTo(far);
    });
    afterEach(() => made.close());

    it('brings what is published once both are ready, unchanged', async () => {
      await Promise.all([near.ready, far.ready]);
      for (const message of MESSAGES) near.publish(message);
      await eventually(() => heard.messages.length === MESSAGES.length);
      expect(heard.messages).toEqual(MESSAGES);
      expect(heard.gaps).toBe(0);
      expect(near.stats().published).toBe(MESSAGES.length);
      expect(far.stats()).toMatchObject({ state: 'ok', received: MESSAGES.length, gaps: 0 });
    });

    it('works both ways, for every listener that has not left', async () => {
      await Promise.all([near.ready, far.ready]);
      const [one, other] = [listenTo(near), listenTo(near)];
      one.leave();
      far.publish(published('a'));
      await eventually(() => other.messages.length === 1);
      expect(one.messages).toEqual([]);
    });

    it('keeps the order of one sender, and says only the last of what is published about one taskspace at once', async () => {
      await Promise.all([near.ready, far.ready]);
      for (let offset = 1; offset <= 100; offset++) {
        near.publish(published('a'));
        near.publish(published('b'));
      }
      near.publish({ type: 'drop', pattern: 'end' });
      await eventually(() => heard.messages.length === 3);
      expect(heard.messages).toEqual([published('a'), published('b'), { type: 'drop', pattern: 'end' }]);
      for (let offset = 1; offset <= 2_000; offset++) near.publish(published(`t${offset}`));
      await eventually(() => heard.messages.length === 2_003);
      expect(heard.messages.slice(3)).toEqual(
        Array.from({ length: 2_000 }, (_, index) => published(`t${index + 1}`)),
      );
    });

    it('measures the way from one process to the other', async () => {
      await Promise.all([near.ready, far.ready]);
      expect(far.stats()).toMatchObject({ lagP50Ms: null, lagP99Ms: null });
      near.publish(published('a'));
      await eventually(() => heard.messages.length === 1);
      expect(far.stats().lagP50Ms).toBeGreaterThanOrEqual(0);
      expect(far.stats().lagP99Ms).toBeLessThan(10_000);
    });

    it('ignores and counts what is not a message, and goes on', async () => {
      await Promise.all([near.ready, far.ready]);
      const envelope = { v: 1, from: 'x', n: 1, at: 0, messages: [] };
      const bad = [
        ...[
          null,
          1,
          'text',
          [],
          {},
          { ...envelope, v: 2 },
          { ...envelope, n: -1 },
          { ...envelope, at: 'now' },
        ],
        ...[
          { ...envelope, messages: null },
          { ...envelope, messages: [null] },
        ],
        ...[{ type: 'told' }, { type: 'drop' }, { type: 'other' }, { type: 'told', id: 7 }].map(
          (message) => ({ ...envelope, messages: [message] }),
        ),
      ];
      for (const value of bad) await made.inject(value);
      near.publish(published('a'));
      await eventually(() => heard.messages.length === 1);
      expect(heard.messages).toEqual([published('a')]);
      expect(far.stats()).toMatchObject({ malformed: bad.length, received: 1 });
    });

    it('tells of a gap when messages of a sender are missing', async () => {
      await Promise.all([near.ready, far.ready]);
      const envelope = { v: 1, from: 'x', at: Date.now(), messages: [] };
      for (const n of [5, 6, 7]) await made.inject({ ...envelope, n });
      await made.inject({ ...envelope, n: 9 });
      await eventually(() => heard.gaps === 1);
      await made.inject({ ...envelope, n: 10 });
      near.publish(published('a'));
      await eventually(() => heard.messages.length === 1);
      expect(far.stats().gaps).toBe(1);
    });

    it('says nothing any more once it is closed, and hears nothing', async () => {
      await Promise.all([near.ready, far.ready]);
      await far.close();
      near.publish(published('a'));
      const back = listenTo(near);
      far.publish(published('b'));
      await near.close();
      await near.close();
      expect(heard.messages).toEqual([]);
      expect(back.messages).toEqual([]);
      expect(far.stats().state).toBe('off');
    });
  });
}

export interface Heard {
  readonly messages: BusMessage[];
  gaps: number;
  leave(): void;
}

export function listenTo(bus: Bus): Heard {
  const heard: Heard = {
    messages: [],
    gaps: 0,
    leave: bus.subscribe({
      onMessage: (message) => heard.messages.push(message),
      onGap: () => {
        heard.gaps++;
      },
    }),
  };
  return heard;
}

export function published(id: string): BusMessage {
  return { type: 'told', id };
}

const MESSAGES: BusMessage[] = [
  published('a'),
  published('ä/"\n'),
  { type: 'wanted' },
  { type: 'drop', pattern: 'detail:*' },
  { type: 'drop', pattern: '' },
];
