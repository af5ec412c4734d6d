import { describe, expect, it } from 'vitest';
import { createTaskspace, deleteTaskspace } from '../../src/domain/command.js';
import { toMessageJson } from '../../src/domain/message.js';
import { postMessages } from '../../src/domain/message-command.js';
import { World } from './world.js';

describe('messages', () => {
  it('count in one seq over all conversations, and all of a batch stand in one commit', () => {
    const world = World.live();
    world.run(postMessages([{ content: 'a' }]));
    const events = world.run(postMessages([{ conversation: 'x' }, { conversation: 'x_y' }, {}]));
    expect(events).toHaveLength(3);
    expect(world.state).toMatchObject({ commit: 3, messages: { count: 4, lastSeq: 4 } });
    const seqs = [...world.state.conversations.values()].map(({ conversation, count, firstSeq, lastSeq }) => [
      conversation,
      count,
      firstSeq,
      lastSeq,
    ]);
    expect(seqs).toEqual([
      ['default', 2, 1, 4],
      ['x', 1, 2, 2],
      ['x_y', 1, 3, 3],
    ]);
  });

  it('take their defaults when shown: role, conversation, id, from, to', () => {
    const world = World.live();
    const [event] = world.run(postMessages([{}]));
    if (event?.type !== 'message.posted') throw new Error('not posted');
    expect(toMessageJson(event.message, 'ann', 'then')).toEqual({
      seq: 1,
      id: '1',
      conversation: 'default',
      role: 'user',
      content: '',
      parts: [],
      from: 'ann',
      to: null,
      metadata: {},
      by: 'ann',
      at: 'then',
    });
  });

  it('keep parts of any type as they were sent', () => {
    const parts = [
      { type: 'text', text: 'x' },
      { type: 'dance', steps: [1, { two: null }] },
    ];
    const [event] = World.live().run(
      postMessages([{ parts, id: 'mine', from: 'f', to: 't', metadata: { k: 1 } }]),
    );
    expect(event).toMatchObject({ message: { parts, id: 'mine', from: 'f', to: 't', metadata: { k: 1 } } });
  });

  it('need a live taskspace, and go on counting in the next one', () => {
    const world = World.live();
    world.run(postMessages([{}, {}]));
    world.run(deleteTaskspace({}));
    expect(world.refusal(postMessages([{}])).code).toBe('not_found');
    world.run(createTaskspace({}));
    expect(world.run(postMessages([{}]))).toMatchObject([{ message: { seq: 3 } }]);
    expect(world.state.conversations.get('default')).toMatchObject({ count: 1, firstSeq: 3 });
  });

  it('add up the bytes of content and parts', () => {
    const world = World.live();
    world.run(postMessages([{ content: 'ü' }, { parts: [{ type: 'a' }] }]));
    expect(world.state.messages.bytes).toBe(2 + '[{"type":"a"}]'.length);
  });
});
