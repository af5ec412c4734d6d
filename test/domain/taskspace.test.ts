import { describe, expect, it } from 'vitest';
import { putArtifact } from '../../src/domain/artifact-command.js';
import { createTaskspace, deleteTaskspace, patchTaskspace, putTaskspace } from '../../src/domain/command.js';
import { postMessages } from '../../src/domain/message-command.js';
import { putPlan } from '../../src/domain/plan-command.js';
import { etagOf, type Precondition } from '../../src/domain/version.js';
import { World } from './world.js';

const INPUT = { size: 1, sha256: 's', contentType: 'text/plain', metadata: {}, message: '' };

describe('creating', () => {
  it('takes the defaults: name from the id, owner from the caller', () => {
    const { metadata } = World.live().state;
    expect(metadata).toMatchObject({
      name: 'ts',
      description: '',
      owner: 'ann',
      status: 'active',
      tags: [],
      data: {},
      retention: null,
      revision: 1,
      by: 'ann',
      createdBy: 'ann',
    });
    expect(metadata?.createdAt).toBe(metadata?.at);
  });

  it('is refused while the id is in use, and free at once after a delete', () => {
    const world = World.live();
    expect(world.refusal(createTaskspace({})).code).toBe('already_exists');
    world.run(deleteTaskspace({}));
    expect(world.refusal(deleteTaskspace({})).code).toBe('not_found');
    world.run(createTaskspace({ name: 'second life' }));
    expect(world.state.metadata).toMatchObject({ name: 'second life', revision: 2 });
  });

  it('again starts empty, and goes on counting commits, revisions and seqs', () => {
    const world = World.live();
    world.run(putPlan({ goal: 'g', tasks: [{ id: 'a', name: 'n' }] }, {}));
    world.run(postMessages([{ content: 'x' }, { content: 'y' }]));
    world.run(putArtifact('p', INPUT, {}));
    const { commit } = world.state;
    world.run(deleteTaskspace({}));
    world.run(createTaskspace({}));
    const { state } = world;
    expect(state.commit).toBe(commit + 2);
    expect(state.plan).toMatchObject({ goal: '', version: null });
    expect([
      state.plan.tasks.size,
      state.artifacts.size,
      state.conversations.size,
      state.messages.count,
    ]).toEqual([0, 0, 0, 0]);
    world.run(putPlan({ goal: 'h', tasks: [{ id: 'a', name: 'n' }] }, {}));
    world.run(postMessages([{ content: 'z' }]));
    world.run(putArtifact('p', INPUT, {}));
    expect(state.plan.version?.revision).toBe(2);
    expect(state.plan.tasks.get('a')?.revision).toBe(2);
    expect(state.messages).toMatchObject({ count: 1, lastSeq: 3, base: 2 });
    expect(state.artifacts.get('p')?.revisions.map(({ revision }) => revision)).toEqual([2]);
  });

  it('again gives the same revision number another tag', () => {
    const world = World.live();
    const before = world.state.bornTag;
    world.run(deleteTaskspace({}));
    world.run(createTaskspace({}));
    expect(world.state.bornTag).not.toBe(before);
  });
});

describe('PUT', () => {
  it('creates, replaces whole, and changes nothing when nothing changes', () => {
    const world = new World();
    world.run(putTaskspace({ name: 'n', data: { a: 1, b: 2 } }, {}));
    expect(world.run(putTaskspace({ name: 'n', data: { b: 2, a: 1 } }, {}))).toEqual([]);
    expect(world.run(putTaskspace({ name: 'n', data: { a: -0 } }, {}))).toHaveLength(1);
    expect(world.run(putTaskspace({ name: 'n', data: { a: 0 } }, {}))).toEqual([]);
    world.run(putTaskspace({ tags: ['t'] }, {}));
    expect(world.state.metadata).toMatchObject({ name: 'ts', data: {}, tags: ['t'], revision: 3 });
  });

  it('keeps who created it and when', () => {
    const world = World.live();
    const created = world.state.metadata?.createdAt;
    world.by = 'bob';
    world.run(putTaskspace({ name: 'x' }, {}));
    expect(world.state.metadata).toMatchObject({ createdAt: created, createdBy: 'ann', by: 'bob' });
  });
});

describe('PATCH', () => {
  it('merges, resets to defaults with null, and removes keys inside data', () => {
    const world = World.live();
    world.run(
      putTaskspace(
        {
          name: 'n',
          description: 'd',
          owner: 'o',
          status: 'draft',
          tags: ['a'],
          data: { x: { y: 1, z: 2 } },
        },
        {},
      ),
    );
    world.run(patchTaskspace({ data: { x: { y: null }, w: [1] } }, {}));
    expect(world.state.metadata?.data).toEqual({ x: { z: 2 }, w: [1] });
    world.run(
      patchTaskspace(
        { name: null, description: null, owner: null, status: null, tags: null, data: null },
        {},
      ),
    );
    expect(world.state.metadata).toMatchObject({
      name: 'ts',
      description: '',
      owner: 'ann',
      status: 'active',
      tags: [],
      data: {},
    });
  });

  it('replaces arrays whole', () => {
    const world = World.live();
    world.run(patchTaskspace({ tags: ['a', 'b'] }, {}));
    world.run(patchTaskspace({ tags: ['c'] }, {}));
    expect(world.state.metadata?.tags).toEqual(['c']);
  });

  it('of retention leaves both of its numbers there: 0 keeps for ever', () => {
    const world = World.live();
    world.run(patchTaskspace({ retention: { keepDays: 3 } }, {}));
    expect(world.state.metadata?.retention).toEqual({ keepRevisions: 0, keepDays: 3 });
    world.run(patchTaskspace({ retention: { keepRevisions: 5, keepDays: null } }, {}));
    expect(world.state.metadata?.retention).toEqual({ keepRevisions: 5, keepDays: 0 });
    world.run(patchTaskspace({ retention: null }, {}));
    expect(world.state.metadata?.retention).toBeNull();
  });

  it('that makes data larger than 256 KiB is refused, though each piece was small enough', () => {
    const world = World.live();
    world.run(patchTaskspace({ data: { a: 'x'.repeat(200_000) } }, {}));
    expect(world.refusal(patchTaskspace({ data: { b: 'x'.repeat(100_000) } }, {}))).toMatchObject({
      code: 'invalid_body',
      extras: { errors: [{ pointer: '/data' }] },
    });
  });

  it('that changes nothing makes no revision', () => {
    expect(World.live().run(patchTaskspace({ name: 'ts', data: {} }, {}))).toEqual([]);
  });
});

describe('a precondition', () => {
  const commands = {
    PUT: (pre: Precondition) => putTaskspace({ name: 'x' }, pre),
    PATCH: (pre: Precondition) => patchTaskspace({ name: 'x' }, pre),
    DELETE: (pre: Precondition) => deleteTaskspace(pre),
  };

  it.each(Object.entries(commands))(
    'of %s takes the ETag, the bare revision, *, and a list with it',
    (_name, command) => {
      for (const tag of ['etag', 'revision', 'star', 'list']) {
        const world = World.live();
        const etag = world.state.metadata ? etagOf(world.state.metadata) : '';
        const ifMatch = { etag: [etag], revision: ['"1"'], star: '*', list: ['"9-00000000"', etag] }[tag] as
          | string[]
          | '*';
        expect(world.run(command({ ifMatch }))).toHaveLength(1);
      }
    },
  );

  it.each(Object.entries(commands))('of %s that fails says what is there now', (_name, command) => {
    const world = World.live();
    for (const ifMatch of [['"2"'], ['"1-deadbeef"'], ['W/"1"'], ['1'], []]) {
      const error = world.refusal(command({ ifMatch }));
      expect(error.code).toBe('precondition_failed');
      expect(error.extras).toMatchObject({
        etag: '"1-00000001"',
        members: { currentRevision: 1, by: 'ann' },
      });
    }
  });

  it.each(Object.entries(commands))('of %s on a missing taskspace is 404', (_name, command) => {
    expect(new World().refusal(command({ ifMatch: '*' })).code).toBe('not_found');
  });

  it('If-None-Match: * only creates', () => {
    const world = new World();
    world.run(putTaskspace({}, { ifNoneMatch: '*' }));
    expect(world.refusal(putTaskspace({}, { ifNoneMatch: '*' })).code).toBe('precondition_failed');
    world.run(deleteTaskspace({}));
    world.run(putTaskspace({}, { ifNoneMatch: '*' }));
  });

  it('is checked before it is seen that nothing would change', () => {
    const world = World.live();
    expect(world.refusal(patchTaskspace({}, { ifMatch: ['"7"'] })).code).toBe('precondition_failed');
  });
});
