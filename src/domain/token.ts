/**
 * What is kept of a token that guards a claim or a lease: its hash, never the token.
 *
 * The nonce stands in the event alone. Whoever knows the secret of the server makes the same token from it again, for a
 * repeated request; whoever has only the journal cannot.
 */
export interface TokenMark {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** What was asked for last, and is given again by a renewal that asks for nothing else. */
  readonly leaseSeconds: number;
}

/** As the event that grants it carries it. */
export interface NewToken extends TokenMark {
  /** Base64url of 16 random bytes. */
  readonly nonce: string;
}

/** Compares every character, so that the time it takes tells nothing. */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return different === 0;
}

/** ISO time `seconds` after another. */
export function later(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString();
}
