/**
 * Finds the words of a text that a search matches, as the index does: folded, and camelCase words by their
 * pieces.
 *
 * Scanned words are remembered: the hits of a page share most of theirs.
 */
import { camelParts, tokenize } from '../tokenize.js';

export interface MetPiece {
  readonly text: string;
  /** Index of the matched mark; null: none. */
  readonly mark: number | null;
}

const KNOWN_MAX = 10_000;
const ASCII = /^[a-zA-Z0-9]+$/;
const ASCII_CAMEL = /[a-z0-9][A-Z]|[A-Z][A-Z][a-z]/;

export class Highlighter {
  private readonly known = new Map<string, readonly MetPiece[] | null>();
  private readonly wholes: ReadonlyMap<string, number>;
  private readonly prefixes: readonly { stem: string; mark: number }[];

  /** @param marks folded words; one that ends in `*` is a prefix. */
  constructor(readonly marks: readonly string[]) {
    this.wholes = new Map(marks.flatMap((text, mark) => (text.endsWith('*') ? [] : [[text, mark] as const])));
    this.prefixes = marks.flatMap((text, mark) =>
      text.endsWith('*') ? [{ stem: text.slice(0, -1), mark }] : [],
    );
  }

  /** The pieces of a word of which some match; null: none does. */
  piecesOf(word: string): readonly MetPiece[] | null {
    let pieces = this.known.get(word);
    if (pieces === undefined) {
      pieces = this.scan(word);
      if (this.known.size < KNOWN_MAX) this.known.set(word, pieces);
    }
    return pieces;
  }

  private scan(word: string): readonly MetPiece[] | null {
    const whole = this.markOf(word);
    if (whole !== null) return [{ text: word, mark: whole }];
    const pieces = camelPieces(word).map((text) => ({ text, mark: this.markOf(text) }));
    return pieces.some(({ mark }) => mark !== null) ? pieces : null;
  }

  private markOf(word: string): number | null {
    const folded = ASCII.test(word) ? word.toLowerCase() : tokenize(word)[0];
    if (folded === undefined) return null;
    const whole = this.wholes.get(folded);
    if (whole !== undefined) return whole;
    return this.prefixes.find(({ stem }) => folded.startsWith(stem))?.mark ?? null;
  }
}

function camelPieces(word: string): string[] {
  if (ASCII.test(word) && !ASCII_CAMEL.test(word)) return [];
  const parts = camelParts(word);
  if (parts === '') return [];
  const pieces = parts.split(' ');
  // Combining accents are no letters to `camelParts`: what it leaves out must not get lost.
  return pieces.join('').length === word.length ? pieces : [];
}
