/**
 * A piece of a text around the first match of a search, as HTML: everything escaped, and matches within
 * `<mark>`. The tags are put between escaped pieces, so nothing in the text can pass for one.
 */
import type { Highlighter } from './highlighter.js';

export interface Snippet {
  readonly html: string;
  /** How many of the marks are in it. */
  readonly met: number;
}

const BEFORE = 60;
const LENGTH = 200;
/** Words tried one by one for the first match; a longer text is shown from its beginning. */
const WORDS_MAX = 5_000;
/** Places tried for each word of the search. */
const PLACES_MAX = 50;
const WORD_LENGTH_MAX = 200;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const WORD_HERE = /[\p{L}\p{N}\p{M}]+/uy;
const WORD_CHAR = /[\p{L}\p{N}\p{M}]/u;
const BLANK = /\s+/g;

export function snippet(text: string, marker: Highlighter): Snippet {
  const first = firstMet(text, marker);
  const from = first === null || first <= BEFORE ? 0 : startNear(text, first - BEFORE);
  const to = endNear(text, from + LENGTH);
  const { html, met } = markUp(text.slice(from, to), marker);
  const trimmed = html.replace(BLANK, ' ').trim();
  return { html: `${from > 0 ? '… ' : ''}${trimmed}${to < text.length ? ' …' : ''}`, met };
}

/** The offset of the first match. */
function firstMet(text: string, marker: Highlighter): number | null {
  return firstAscii(text, marker) ?? firstByWords(text, marker);
}

/** The fast way, which does not fold accents. */
function firstAscii(text: string, marker: Highlighter): number | null {
  const lower = text.toLowerCase();
  // Lower case changes the length of a few letters.
  if (lower.length !== text.length) return null;
  let first: number | null = null;
  for (const mark of marker.marks) {
    const stem = mark.endsWith('*') ? mark.slice(0, -1) : mark;
    let at = lower.indexOf(stem);
    for (let tried = 0; at >= 0 && tried < PLACES_MAX; tried++) {
      if (first !== null && at >= first) break;
      const start = wordStart(text, at);
      WORD_HERE.lastIndex = start;
      if (marker.piecesOf(WORD_HERE.exec(text)?.[0] ?? '')) first = start;
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

function firstByWords(text: string, marker: Highlighter): number | null {
  let tried = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (marker.piecesOf(word)) return index;
    if (++tried === WORDS_MAX) return null;
  }
  return null;
}

function markUp(text: string, marker: Highlighter): Snippet {
  const met = new Set<number>();
  let html = '';
  let at = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const pieces = marker.piecesOf(word);
    if (!pieces) continue;
    html += escapeHtml(text.slice(at, index));
    for (const piece of pieces) {
      const escaped = escapeHtml(piece.text);
      html += piece.mark === null ? escaped : `<mark>${escaped}</mark>`;
      if (piece.mark !== null) met.add(piece.mark);
    }
    at = index + word.length;
  }
  return { html: html + escapeHtml(text.slice(at)), met: met.size };
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

/** Neither in the middle of a word, if one ends soon, nor of a character. */
function startNear(text: string, at: number): number {
  for (let i = at; i < at + BEFORE / 2; i++) if (!WORD_CHAR.test(text.charAt(i))) return i;
  return isLowSurrogate(text, at) ? at + 1 : at;
}

function endNear(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let i = at; i > at - BEFORE / 2; i--) {
    if (!WORD_CHAR.test(text.charAt(i))) return isLowSurrogate(text, i) ? i - 1 : i;
  }
  return isLowSurrogate(text, at) ? at - 1 : at;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
