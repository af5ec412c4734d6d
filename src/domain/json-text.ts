/**
 * JSON texts of existing values, so that a long value is serialised piece by piece before its commit, and not
 * in the single turn of a commit. A value is never changed once it has a text; the text is freed with it.
 */
const texts = new WeakMap<object, Buffer>();
const pieces = new WeakMap<object, readonly Buffer[]>();

/** @param text its JSON, in UTF-8. */
export function keepText(value: object, text: Buffer): void {
  texts.set(value, text);
}

export function textOf(value: object): Buffer | undefined {
  return texts.get(value);
}

/** The same for a value whose text is in pieces. */
export function keepPieces(value: object, text: readonly Buffer[]): void {
  pieces.set(value, text);
}

export function keptPieces(value: object): readonly Buffer[] | undefined {
  return pieces.get(value);
}
