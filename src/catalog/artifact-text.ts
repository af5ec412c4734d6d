/** The text of an artifact's first bytes: UTF-8, or UTF-16 with or without a byte order mark; else null. */

/** Bytes of an artifact that are read, at most. */
export const TEXT_BYTES_MAX = 1024 * 1024;
/** Bytes that are examined for the encoding. */
const LOOK_BYTES = 4096;
/**
 * UTF-16 of western text: the least share of zeros in one half of the byte pairs, the greatest in the other.
 */
const ZEROS_MIN = 0.4;
const ZEROS_MAX = 0.05;

/** @param cut whether the artifact goes on behind these bytes: the last character may then be incomplete. */
export function textOf(bytes: Uint8Array, cut: boolean): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode('utf-16le', bytes, cut);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode('utf-16be', bytes, cut);
  const look = bytes.subarray(0, LOOK_BYTES);
  if (!look.includes(0)) return bytes.includes(0) ? null : decode('utf-8', bytes, cut);
  const [even, odd] = zeroShares(look);
  if (odd >= ZEROS_MIN && even <= ZEROS_MAX) return decode('utf-16le', bytes, cut);
  if (even >= ZEROS_MIN && odd <= ZEROS_MAX) return decode('utf-16be', bytes, cut);
  return null;
}

function decode(encoding: string, bytes: Uint8Array, cut: boolean): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return null;
  }
}

/** The shares of zeros among bytes at even and at odd places. */
function zeroShares(bytes: Uint8Array): [number, number] {
  const zeros: [number, number] = [0, 0];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros[i % 2 === 0 ? 0 : 1]++;
  const pairs = Math.max(1, bytes.length / 2);
  return [zeros[0] / pairs, zeros[1] / pairs];
}
