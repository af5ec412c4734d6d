import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/domain/artifact.js';
import {
  deleteArtifact,
  patchArtifact,
  putArtifact,
  requireBytes,
  requireLiveArtifact,
  requireRevision,
} from '../../src/domain/artifact-command.js';
import type { JsonObject } from '../../src/domain/json.js';
import { World } from './world.js';

function bytes(sha256: string, contentType = 'text/plain', metadata: JsonObject = {}, message = '') {
  return { size: sha256.length, sha256, contentType, metadata, message };
}

function withFile(path: string): World {
  const world = World.live();
  world.run(putArtifact(path, bytes('one'), {}));
  return world;
}

describe('an artifact', () => {
  it('gets a revision for other bytes, another type or other metadata, and none for the same', () => {
    const world = withFile('a');
    expect(world.run(putArtifact('a', bytes('one', 'text/plain', {}, 'another message'), {}))).toEqual([]);
    for (const input of [bytes('two'), bytes('two', 'text/html'), bytes('two', 'text/html', { k: 1 })])
      expect(world.run(putArtifact('a', input, {}))).toHaveLength(1);
    expect(requireLiveArtifact(world.state, 'a').revision).toBe(4);
  });

  it('keeps every revision readable by number after a deletion, which is one itself', () => {
    const world = withFile('a');
    world.run(deleteArtifact('a', {}));
    expect(() => requireLiveArtifact(world.state, 'a')).toThrow(expect.objectContaining({ code: 'deleted' }));
    expect(requireRevision(world.state, 'a', 2)).toMatchObject({ deleted: true, size: 0, sha256: null });
    expect(() => requireBytes(requireRevision(world.state, 'a', 2))).toThrow(
      expect.objectContaining({ code: 'deleted' }),
    );
    expect(requireBytes(requireRevision(world.state, 'a', 1)).sha256).toBe('one');
    for (const never of [0, 3, -1, 1.5])
      expect(() => requireRevision(world.state, 'a', never)).toThrow(
        expect.objectContaining({ code: 'not_found' }),
      );
    expect(world.refusal(deleteArtifact('a', {})).code).toBe('deleted');
    expect(world.refusal(deleteArtifact('never', {})).code).toBe('not_found');
    world.run(putArtifact('a', bytes('one'), {}));
    expect(requireLiveArtifact(world.state, 'a').revision).toBe(3);
  });

  it('patched is a new revision over the same bytes; null resets type and metadata', () => {
    const world = World.live();
    world.run(putArtifact('a', bytes('one', 'text/html', { x: { y: 1 }, z: 2 }), {}));
    world.run(patchArtifact('a', { metadata: { x: { y: null }, w: 3 } }, 'text/default', {}));
    expect(requireLiveArtifact(world.state, 'a')).toMatchObject({
      revision: 2,
      sha256: 'one',
      contentType: 'text/html',
      metadata: { x: {}, z: 2, w: 3 },
    });
    expect(world.run(patchArtifact('a', { metadata: { w: 3 } }, 'text/default', {}))).toEqual([]);
    world.run(patchArtifact('a', { contentType: null, metadata: null }, 'text/default', {}));
    expect(requireLiveArtifact(world.state, 'a')).toMatchObject({
      revision: 3,
      contentType: 'text/default',
      metadata: {},
    });
    expect(world.refusal(patchArtifact('b', {}, 'x', {})).code).toBe('not_found');
    world.run(patchArtifact('a', { metadata: { big: 'x'.repeat(200_000) } }, 'x', {}));
    expect(world.refusal(patchArtifact('a', { metadata: { more: 'x'.repeat(100_000) } }, 'x', {})).code).toBe(
      'invalid_body',
    );
  });

  it('takes preconditions: what is deleted or never was is not there', () => {
    const world = withFile('a');
    expect(world.refusal(putArtifact('a', bytes('two'), { ifNoneMatch: '*' })).code).toBe(
      'precondition_failed',
    );
    expect(world.refusal(putArtifact('a', bytes('one'), { ifMatch: ['"2"'] })).code).toBe(
      'precondition_failed',
    );
    world.run(putArtifact('a', bytes('two'), { ifMatch: ['"1"'] }));
    world.run(deleteArtifact('a', { ifMatch: ['"2"'] }));
    for (const command of [
      putArtifact('a', bytes('x'), { ifMatch: '*' }),
      deleteArtifact('a', { ifMatch: ['"3"'] }),
      patchArtifact('new', {}, '', { ifMatch: '*' }),
    ])
      expect(world.refusal(command)).toMatchObject({ code: 'precondition_failed' });
    world.run(putArtifact('a', bytes('x'), { ifNoneMatch: '*' }));
    expect(new World().refusal(putArtifact('a', bytes('x'), { ifMatch: '*' })).code).toBe('not_found');
  });
});

describe('a path', () => {
  it('is not a file and a folder at once: 409 names the other', () => {
    const world = withFile('a/b');
    for (const [path, other] of [
      ['a', 'a/b'],
      ['a/b/c', 'a/b'],
      ['a/b/c/d', 'a/b'],
    ] as const) {
      const error = world.refusal(putArtifact(path, bytes('x'), {}));
      expect(error.code).toBe('path_conflict');
      expect(error.message).toContain(`"${other}"`);
    }
    for (const path of ['a/bc', 'ab', 'a/c', 'b']) world.run(putArtifact(path, bytes('x'), {}));
  });

  it("that is deleted stands in nobody's way", () => {
    const world = withFile('a/b/c');
    world.run(deleteArtifact('a/b/c', {}));
    world.run(putArtifact('a/b', bytes('x'), {}));
    expect(world.refusal(putArtifact('a/b/c', bytes('x'), {})).code).toBe('path_conflict');
    world.run(deleteArtifact('a/b', {}));
    world.run(putArtifact('a/b/c', bytes('x'), {}));
    expect(requireLiveArtifact(world.state, 'a/b/c').revision).toBe(3);
  });

  it('conflicts after its precondition failed, not before', () => {
    const world = withFile('a/b');
    expect(world.refusal(putArtifact('a', bytes('x'), { ifMatch: '*' })).code).toBe('precondition_failed');
  });

  it('named like a member of every object is a path like any other', () => {
    const world = withFile('__proto__');
    world.run(putArtifact('constructor/toString', bytes('x'), {}));
    expect([...world.state.artifacts.keys()]).toEqual(['__proto__', 'constructor/toString']);
  });

  it('is ordered by its UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
