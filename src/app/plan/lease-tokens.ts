/**
 * Tokens of claims and leases: HMAC-SHA-256 of the store's secret over a nonce. No token is stored.
 *
 * The commit that grants one keeps the nonce and the token's hash: with the secret the same token can be made
 * again for a repeated request. The hash alone suffices to check it, also in a folder that was copied from
 * another store.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { TaskspaceError } from '../../domain/errors.js';
import type { NewToken } from '../../domain/token.js';

const NONCE_BYTES = 16;

export interface FreshToken {
  /** 43 characters of base64url. */
  readonly token: string;
  readonly kept: NewToken;
}

export class LeaseTokens {
  constructor(private readonly secret: Buffer) {}

  fresh(leaseSeconds: number): FreshToken {
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const token = this.tokenOf(nonce);
    return { token, kept: { nonce, hash: this.hashOf(token), leaseSeconds } };
  }

  /** The form in which the domain knows a token. */
  hashOf(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  /**
   * The token that was granted under this nonce. Throws `lease_lost` when this store's
   * secret does not make it.
   */
  again({ nonce, hash }: NewToken): string {
    const token = this.tokenOf(nonce);
    if (this.hashOf(token) === hash) return token;
    throw new TaskspaceError(
      'lease_lost',
      "This was granted under another store's secret, so its token cannot be shown again. Wait until it lapses, and ask with a new Idempotency-Key.",
    );
  }

  private tokenOf(nonce: string): string {
    return createHmac('sha256', this.secret).update(nonce).digest('base64url');
  }
}
