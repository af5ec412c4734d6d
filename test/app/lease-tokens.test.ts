import { describe, expect, it } from 'vitest';
import { LeaseTokens } from '../../src/app/plan/lease-tokens.js';

const tokens = new LeaseTokens(Buffer.alloc(32, 1));

describe('tokens of leases', () => {
  it('are new every time, and known by their hash', () => {
    const [a, b] = [tokens.fresh(60), tokens.fresh(60)];
    expect(a.token).not.toBe(b.token);
    expect(a.kept).toMatchObject({ hash: tokens.hashOf(a.token), leaseSeconds: 60 });
    expect(JSON.stringify(a.kept)).not.toContain(a.token);
  });

  it('are made again from what was kept, by whoever has the secret', () => {
    const { token, kept } = tokens.fresh(60);
    expect(new LeaseTokens(Buffer.alloc(32, 1)).again(kept)).toBe(token);
  });

  it('are not made up under another secret', () => {
    const { kept } = tokens.fresh(60);
    expect(() => new LeaseTokens(Buffer.alloc(32, 2)).again(kept)).toThrow(
      expect.objectContaining({ code: 'lease_lost' }),
    );
  });
});
