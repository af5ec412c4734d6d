/**
 * What is kept of a token that guards a claim or a lease: its hash, never the token.
 *
 * The nonce is in the event alone. With the server's secret the same token can be made from it again, for a
 * repeated request; with the journal alone it cannot.
 */
export interface TokenMark {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** The time requested last, which a renewal without a time grants again. */
  readonly leaseSeconds: number;
}

/** As in the event that grants it. */
export interface NewToken extends TokenMark {
  /** Base64url of 16 random bytes. */
  readonly nonce: string;
}

/** Compares every character, so that its duration reveals nothing. */
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
