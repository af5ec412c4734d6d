/**
 * JSON texts of values that are there already, so that a long value is put into words piece by piece before its commit, and
 * not in the one turn that a commit takes. A value is never changed once it has a text; the text goes with it.
 */
const texts = new WeakMap<object, Buffer>();
const pieces = new WeakMap<object, readonly Buffer[]>();

/** @param text the JSON of it, in UTF-8. */
export function keepText(value: object, text: Buffer): void {
  texts.set(value, text);
}

export function textOf(value: object): Buffer | undefined {
  return texts.get(value);
}

/** The same of a value whose text lies in pieces. */
export function keepPieces(value: object, text: readonly Buffer[]): void {
  pieces.set(value, text);
}

export function keptPieces(value: object): readonly Buffer[] | undefined {
  return pieces.get(value);
}
