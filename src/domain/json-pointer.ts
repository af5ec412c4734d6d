/** JSON Pointers (RFC 6901): `~` and `/` in a key are written `~0` and `~1`. */

/** Length of a key that is shown; of a longer one only the beginning is. */
const KEY_MAX = 128;

export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${keyPart(String(part))}`).join('');
}

export function keyPart(key: string): string {
  const shown = key.length > KEY_MAX ? `${key.slice(0, KEY_MAX)}…` : key;
  return shown.replaceAll('~', '~0').replaceAll('/', '~1');
}
