import { describe, expect, it } from 'vitest';
import { hostClock } from '../../../src/domain/clock.js';
import type { Commit } from '../../../src/domain/event.js';
import { type MessageInput, messageBytes, storeMessage } from '../../../src/domain/message.js';
import { postMessages } from '../../../src/domain/message-command.js';
import { prepareMessage } from '../../../src/domain/message-text.js';
import { emptyState } from '../../../src/domain/state.js';
import { oneLine } from '../../../src/platform/one-line.js';
import { decodeRecord, encodeRecord } from '../../../src/store/files/journal/record.js';

const INPUTS: MessageInput[] = [
  { content: 'ä"\n\u2028'.repeat(2_000), conversation: 'c', role: 'tool', from: 'a', to: null },
  {
    parts: [
      { type: 'text', text: 'x' },
      { type: 'odd', more: [1, { a: null }] },
    ],
    metadata: { k: [] },
  },
  { id: 'own', content: '', parts: [], metadata: {} },
  {},
];

function live(): ReturnType<typeof emptyState> {
  const version = { revision: 1, tag: 'abababab', by: 'b', at: '2026-01-01T00:00:00.000Z' };
  const fields = {
    name: 'n',
    description: '',
    owner: 'o',
    status: 'active',
    tags: [],
    data: {},
    retention: null,
  } as const;
  return { ...emptyState('t'), metadata: { ...fields, ...version, createdAt: version.at, createdBy: 'b' } };
}

function lineOf(inputs: readonly MessageInput[]): Buffer {
  const time = '2026-01-01T00:00:00.000Z';
  const events = postMessages(inputs)(live(), { time, clock: hostClock(time), by: 'b', owner: 'b' });
  const commit: Commit = {
    id: 'f'.repeat(16),
    number: 1,
    time,
    by: 'b',
    key: { key: 'k', body: 'd' },
    events,
  };
  return encodeRecord({ at: 7, prev: '', safe: 3, commit });
}

describe('a record of messages that were put into words before', () => {
  it('has the bytes that it has without, also when only some of them were', () => {
    const plain = lineOf(structuredClone(INPUTS));
    const all = structuredClone(INPUTS);
    for (const input of all) prepareMessage(input, oneLine);
    expect(lineOf(all).toString()).toBe(plain.toString());
    const some = structuredClone(INPUTS);
    for (const input of some.slice(1, 3)) prepareMessage(input, oneLine);
    expect(lineOf(some).toString()).toBe(plain.toString());
    expect(decodeRecord(plain.subarray(0, -1))?.commit.events).toHaveLength(4);
  });

  it('counts the same bytes', () => {
    for (const input of structuredClone(INPUTS)) {
      const before = messageBytes(storeMessage(1, input));
      prepareMessage(input, oneLine);
      expect(messageBytes(storeMessage(1, input))).toBe(before);
    }
  });
});
