/** JSON Pointers (RFC 6901): `~` and `/` in a key are written `~0` and `~1`. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
