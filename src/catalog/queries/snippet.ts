/**
 * A piece of a text around the first place that a search has met, as HTML: everything escaped, and what was met within
 * `<mark>`. Marks are put between escaped pieces, so nothing in the text can pass for one.
 *
 * Looks at words as the index does (folded, camelCase in pieces), in a bounded part of the text.
 */
import { camelParts, foldWords } from '../words.js';

const BEFORE = 60;
const LENGTH = 200;
/** Words tried one by one for the first that was met; a text that is longer is shown from its beginning. */
const WORDS_MAX = 5_000;
/** Places tried of each word of the search. */
const PLACES_MAX = 50;
const WORD_LENGTH_MAX = 200;
const WORD_HERE = /[\p{L}\p{N}\p{M}]+/uy;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const WORD_CHAR = /[\p{L}\p{N}\p{M}]/u;
const ASCII = /^[a-z0-9]+$/i;
const BLANK = /\s+/g;

/**
 * @param marks folded words; one that ends in `*` is a prefix.
 * @returns how many of the marks are met in the piece, besides.
 */
export function snippet(text: string, marks: readonly string[]): { html: string; met: number } {
  const first = firstMet(text, marks);
  const from = first === null || first <= BEFORE ? 0 : startNear(text, first - BEFORE);
  const to = endNear(text, from + LENGTH);
  const piece = text.slice(from, to);
  const html = markUp(piece, marks).replace(BLANK, ' ').trim();
  return {
    html: `${from > 0 ? '… ' : ''}${html}${to < text.length ? ' …' : ''}`,
    met: marks.filter((mark) => hasWord(piece, mark)).length,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The offset of the first word that was met. */
function firstMet(text: string, marks: readonly string[]): number | null {
  return firstAscii(text, marks) ?? firstByWords(text, marks);
}

/** The quick way, which does not see through accents. */
function firstAscii(text: string, marks: readonly string[]): number | null {
  const lower = text.toLowerCase();
  // A few letters change their length.
  if (lower.length !== text.length) return null;
  let first: number | null = null;
  for (const mark of marks) {
    const stem = mark.endsWith('*') ? mark.slice(0, -1) : mark;
    let at = lower.indexOf(stem);
    for (let tried = 0; at >= 0 && tried < PLACES_MAX; tried++) {
      if (first !== null && at >= first) break;
      const start = wordStart(text, at);
      WORD_HERE.lastIndex = start;
      const word = WORD_HERE.exec(text)?.[0] ?? '';
      if (hasMet(word, marks)) first = start;
      at = lower.indexOf(stem, at + stem.length);
    }
  }
  return first;
}

function wordStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < WORD_LENGTH_MAX && WORD_CHAR.test(text.charAt(start - 1))) start--;
  return start;
}

function firstByWords(text: string, marks: readonly string[]): number | null {
  let tried = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (hasMet(word, marks)) return index;
    if (++tried === WORDS_MAX) return null;
  }
  return null;
}

function hasMet(word: string, marks: readonly string[]): boolean {
  return isMet(word, marks) || piecesOf(word).some((piece) => isMet(piece, marks));
}

function hasWord(piece: string, mark: string): boolean {
  return (piece.match(WORD) ?? []).some((word) => hasMet(word, [mark]));
}

function markUp(text: string, marks: readonly string[]): string {
  let html = '';
  let at = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    html += escapeHtml(text.slice(at, index)) + markWord(word, marks);
    at = index + word.length;
  }
  return html + escapeHtml(text.slice(at));
}

function markWord(word: string, marks: readonly string[]): string {
  if (isMet(word, marks)) return `<mark>${escapeHtml(word)}</mark>`;
  const pieces = piecesOf(word);
  if (!pieces.some((piece) => isMet(piece, marks))) return escapeHtml(word);
  return pieces
    .map((piece) => (isMet(piece, marks) ? `<mark>${escapeHtml(piece)}</mark>` : escapeHtml(piece)))
    .join('');
}

/** Of a camelCase word; none of any other. */
function piecesOf(word: string): string[] {
  const pieces = camelParts(word);
  if (pieces === '') return [];
  const split = pieces.split(' ');
  // Accents of their own are no letters to `camelParts`: what it leaves out must not get lost.
  return split.join('').length === word.length ? split : [];
}

function isMet(word: string, marks: readonly string[]): boolean {
  const folded = ASCII.test(word) ? word.toLowerCase() : foldWords(word)[0];
  if (folded === undefined) return false;
  return marks.some((mark) => (mark.endsWith('*') ? folded.startsWith(mark.slice(0, -1)) : folded === mark));
}

/** Neither in the middle of a word, if one ends soon, nor of a character. */
function startNear(text: string, at: number): number {
  for (let i = at; i < at + BEFORE / 2; i++) if (!WORD_CHAR.test(text.charAt(i))) return i;
  return isLowSurrogate(text, at) ? at + 1 : at;
}

function endNear(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let i = at; i > at - BEFORE / 2; i--)
    if (!WORD_CHAR.test(text.charAt(i))) return isLowSurrogate(text, i) ? i - 1 : i;
  return isLowSurrogate(text, at) ? at - 1 : at;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
