/**
 * Header blocks as flat arrays (name, value, name, value …), which `res.writeHead` takes directly: no
 * lookup, no copy, and an order that both the hot and the slow path share.
 */
export type RawHeaders = (string | number)[];

/** Names and values for Node's types; Node itself turns numbers into text. */
export function asNodeHeaders(headers: RawHeaders): string[] {
  return headers as string[];
}
