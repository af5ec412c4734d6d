/**
 * Authenticates the values of this store: HMAC-SHA-256 (RFC 2104, FIPS 180-4), cut to 128 bits, over the key
 * and the value, with a separate key that is derived from the store's secret (HKDF, RFC 5869).
 *
 * Replay is not prevented here: a key names the state that its value was made from, so an older value of the
 * same key has the same content.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export const MAC_BYTES = 16;
const KEY_BYTES = 32;
const PURPOSE = 'taskspace: values in a tier outside the process';

export class ValueMac {
  private readonly key: KeyObject;

  constructor(secret: Buffer) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES)));
  }

  /** The length of the key goes first, or its end could be taken for the beginning of the parts. */
  of(key: string, ...parts: readonly Buffer[]): Buffer {
    const hmac = createHmac('sha256', this.key).update(`${Buffer.byteLength(key)}:${key}`);
    for (const part of parts) hmac.update(part);
    return hmac.digest().subarray(0, MAC_BYTES);
  }
}
