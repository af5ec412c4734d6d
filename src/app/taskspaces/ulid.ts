/**
 * Ids in the form of a ULID (github.com/ulid/spec): 48 bits of time and 80 random bits in Crockford's base
 * 32, 26 characters, here in lower case. They sort by the time they were made.
 */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** `count` random bytes, or bytes of a digest. */
export type CreationDigits = (count: number) => Uint8Array;

/** `time` in ms since 1970; null takes the 48 bits from `digits` too, for ids that are derived. */
export function timeId(time: number | null, digits: CreationDigits): string {
  const bytes = digits(time === null ? 16 : 10);
  let value = time === null ? 0n : BigInt(time);
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let id = '';
  for (let i = 0; i < 26; i++) {
    id = DIGITS[Number(value & 31n)] + id;
    value >>= 5n;
  }
  return id;
}
