/**
 * How a value is stored in a tier outside this process: one header, the key if its name is a hash, the ETag,
 * the body.
 *
 * ```
 * 0  format    1 byte    another format is another program's value: a miss
 * 1  flags     1 byte    1: the body is compressed · 2: there is an ETag · 4: the key is here
 * 2  mac       16 bytes  of the key and of everything but this field (value-mac.ts)
 * 18 life      6 bytes   its full time to live in milliseconds
 * 24 body      4 bytes   length of the body, uncompressed
 * 28 key, ETag 2 × 2     lengths in bytes, then both, then the body
 * ```
 * A program that may write into the tier but does not know the store's secret cannot make an accepted value.
 * Because the mac covers the key, a value copied to another key is not accepted there. The value holds no
 * clock time: its age is the full time to live less what the tier reports as left, so a wrong clock does not
 * matter.
 */
import { timingSafeEqual } from 'node:crypto';
import { compressed, decompressed } from './compression.js';
import { MAC_BYTES, type ValueMac } from './value-mac.js';

/** 0xc1 had a checksum in place of the mac. */
const FORMAT = 0xc2;
const PACKED = 1;
const WITH_ETAG = 2;
const WITH_KEY = 4;
const MAC_FROM = 2;
const MAC_TO = MAC_FROM + MAC_BYTES;
const LIFE_FROM = MAC_TO;
const BODY_FROM = LIFE_FROM + 6;
const LENGTHS_FROM = BODY_FROM + 4;
export const HEADER_BYTES = LENGTHS_FROM + 4;
export const KEY_BYTES_MAX = 8_192;
const ETAG_BYTES_MAX = 1_024;
/** Bound of one body. Tiers may forget anything; larger bodies are faster read from the store. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024;

export interface StoredValue {
  readonly body: Buffer;
  readonly etag: string | null;
  /** The full time to live, in milliseconds. */
  readonly lifeMs: number;
}

/** Null when the value is out of bounds. @param withKey when its name does not show the key. */
export async function encodeValue(
  mac: ValueMac,
  key: string,
  withKey: boolean,
  { body, etag, lifeMs }: StoredValue,
): Promise<Buffer | null> {
  const keyBytes = withKey ? Buffer.from(key) : Buffer.alloc(0);
  const etagBytes = Buffer.from(etag ?? '');
  if (body.length > BODY_BYTES_MAX || keyBytes.length > KEY_BYTES_MAX || etagBytes.length > ETAG_BYTES_MAX) {
    return null;
  }
  const packed = await compressed(body);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = FORMAT;
  header[1] = (packed ? PACKED : 0) | (etag === null ? 0 : WITH_ETAG) | (withKey ? WITH_KEY : 0);
  header.writeUIntBE(Math.floor(lifeMs), LIFE_FROM, 6);
  header.writeUInt32BE(body.length, BODY_FROM);
  header.writeUInt16BE(keyBytes.length, LENGTHS_FROM);
  header.writeUInt16BE(etagBytes.length, LENGTHS_FROM + 2);
  const whole = Buffer.concat([header, keyBytes, etagBytes, packed ?? body]);
  macOf(mac, key, whole).copy(whole, MAC_FROM);
  return whole;
}

/** Null when these bytes are not a complete value of this key that this store has put there. */
export async function decodeValue(mac: ValueMac, key: string, bytes: Buffer): Promise<StoredValue | null> {
  const header = decodeHeader(bytes);
  if (header === null) return null;
  if (!timingSafeEqual(bytes.subarray(MAC_FROM, MAC_TO), macOf(mac, key, bytes))) return null;
  const { lifeMs, bodyBytes, keyBytes, etagBytes, packed, withEtag } = header;
  const etagFrom = HEADER_BYTES + keyBytes;
  const bodyFrom = etagFrom + etagBytes;
  const rest = bytes.subarray(bodyFrom);
  try {
    const body = packed ? await decompressed(rest, bodyBytes) : rest;
    if (body.length !== bodyBytes) return null;
    return { body, etag: withEtag ? bytes.toString('utf8', etagFrom, bodyFrom) : null, lifeMs };
  } catch {
    // The mac is valid, so it was written so, by a program that compresses in another way.
    return null;
  }
}

/**
 * The time to live, and the key if present, from the first `HEADER_BYTES + KEY_BYTES_MAX` bytes. Unverified.
 */
export function peekValue(bytes: Buffer): { lifeMs: number; key: string | null } | null {
  const header = decodeHeader(bytes);
  if (header === null) return null;
  const { lifeMs, keyBytes, withKey } = header;
  return { lifeMs, key: withKey ? bytes.toString('utf8', HEADER_BYTES, HEADER_BYTES + keyBytes) : null };
}

function decodeHeader(bytes: Buffer) {
  const flags = bytes[1] ?? 0;
  if (bytes.length < HEADER_BYTES || bytes[0] !== FORMAT) return null;
  return {
    lifeMs: bytes.readUIntBE(LIFE_FROM, 6),
    bodyBytes: bytes.readUInt32BE(BODY_FROM),
    keyBytes: bytes.readUInt16BE(LENGTHS_FROM),
    etagBytes: bytes.readUInt16BE(LENGTHS_FROM + 2),
    packed: (flags & PACKED) !== 0,
    withEtag: (flags & WITH_ETAG) !== 0,
    withKey: (flags & WITH_KEY) !== 0,
  };
}

function macOf(mac: ValueMac, key: string, whole: Buffer): Buffer {
  return mac.of(key, whole.subarray(0, MAC_FROM), whole.subarray(MAC_TO));
}
