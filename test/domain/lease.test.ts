import { describe, expect, it } from 'vitest';
import { createTaskspace, type Decide, deleteTaskspace } from '../../src/domain/command.js';
import type { Lease } from '../../src/domain/lease.js';
import { grantLease, releaseLease, renewLease } from '../../src/domain/lease-command.js';
import { World } from './world.js';

const grant = (token: string, { holder = 'ann', leaseSeconds = 60, name = 'deploy' } = {}): Decide =>
  grantLease(name, holder, { nonce: 'n', hash: token, leaseSeconds });
const renew = (token: string, leaseSeconds?: number): Decide => renewLease('deploy', token, leaseSeconds);
const release = (token: string): Decide => releaseLease('deploy', token);

function lease(world: World, name = 'deploy'): Lease {
  const found = world.state.leases.get(name);
  if (!found) throw new Error(`no lease ${name}`);
  return found;
}

const iso = (ms: number): string => new Date(ms).toISOString();

describe('a lease', () => {
  it('is granted to its holder for so long, with fence 1', () => {
    const world = World.live();
    world.run(grant('A', { leaseSeconds: 10 }));
    expect(lease(world)).toEqual({
      name: 'deploy',
      holder: 'ann',
      fence: 1,
      expiresAt: iso(world.now + 10_000),
      token: { hash: 'A', leaseSeconds: 10 },
    });
  });

  it.each(['bob', 'ann'])('that is held is refused to %s, naming holder and end', (holder) => {
    const world = World.live();
    world.run(grant('A'));
    const { expiresAt } = lease(world);
    const error = world.refusal(grant('B', { holder }));
    expect(error.code).toBe('lease_held');
    expect(error.extras.members).toEqual({ holder: 'ann', expiresAt });
  });

  it('does not stand in the way of another name', () => {
    const world = World.live();
    world.run(grant('A'));
    world.run(grant('B', { name: 'other' }));
    expect(lease(world, 'other').fence).toBe(1);
  });

  it('that has lapsed is granted to the next, from the very moment of its end', () => {
    const world = World.live();
    world.run(grant('A', { leaseSeconds: 10 }));
    world.now += 8000;
    expect(world.refusal(grant('B')).code).toBe('lease_held');
    expect(lease(world).expiresAt).toBe(iso(world.now + 1000));
    world.run(grant('B', { holder: 'bob' }));
    expect(lease(world)).toMatchObject({ holder: 'bob', fence: 2 });
    for (const call of [renew('A'), release('A')]) expect(world.refusal(call).code).toBe('lease_lost');
  });

  it('that has lapsed stands until it is taken or given up, and its holder may renew or release it', () => {
    const world = World.live();
    world.run(grant('A', { leaseSeconds: 10 }));
    world.now += 3_600_000;
    expect(lease(world).holder).toBe('ann');
    world.run(renew('A'));
    expect(lease(world)).toMatchObject({ fence: 1, expiresAt: iso(world.now + 10_000) });
    world.now += 3_600_000;
    world.run(release('A'));
    expect(world.state.leases.size).toBe(0);
  });

  it('is renewed for the seconds that are asked for, or else for what was asked for last', () => {
    const world = World.live();
    world.run(grant('A', { leaseSeconds: 10 }));
    world.run(renew('A', 100));
    expect(lease(world).expiresAt).toBe(iso(world.now + 100_000));
    world.run(renew('A'));
    expect(lease(world)).toMatchObject({ fence: 1, holder: 'ann', expiresAt: iso(world.now + 100_000) });
  });

  it('that was released is free at once, and its token lost', () => {
    const world = World.live();
    world.run(grant('A'));
    world.run(release('A'));
    for (const call of [renew('A'), release('A')]) expect(world.refusal(call).code).toBe('lease_lost');
    world.run(grant('B', { holder: 'bob' }));
    expect(lease(world).fence).toBe(2);
  });

  it('is not renewed or released by another token, or before it was granted', () => {
    const world = World.live();
    for (const call of [renew('A'), release('A')]) expect(world.refusal(call).code).toBe('lease_lost');
    world.run(grant('A'));
    for (const call of [renew('B'), release('B'), renew('')])
      expect(world.refusal(call).code).toBe('lease_lost');
    expect(world.refusal(renew('B')).message).toContain('held by "ann" until');
  });

  it('goes with its taskspace, but its fence goes on counting', () => {
    const world = World.live();
    world.run(grant('A'));
    world.run(deleteTaskspace({}));
    for (const call of [grant('B'), renew('A'), release('A')])
      expect(world.refusal(call).code).toBe('not_found');
    world.run(createTaskspace({}));
    expect(world.state.leases.size).toBe(0);
    expect(world.refusal(renew('A')).code).toBe('lease_lost');
    world.run(grant('B'));
    expect(lease(world).fence).toBe(2);
  });
});
