/**
 * A source as a stream of JSON values, whether it is one a line or one document. What is no JSON is noted and
 * passed over.
 */
import type { Json } from '../../src/contract/json.js';
import { BadSource } from './draft.js';
import { type SourceFile, utf8Of } from './file-bytes.js';
import { jsonPieces } from './json-pieces.js';
import { parseJson } from './json-text.js';
import { linesOf } from './lines.js';
import { Notes } from './notes.js';

export type Layout = 'lines' | 'document';

export interface Piece {
  readonly value: Json;
  /** As "line 3" or "history[2]". */
  readonly where: string;
  /** The member of the document that it is, or is an element of; null for lines and elements of an array. */
  readonly member: string | null;
  /** False for a whole member of an object. */
  readonly isElement: boolean;
  /** About how much memory it takes. */
  readonly length: number;
}

/** Null when there is nothing in it. Told from the content alone. */
export async function layoutOf(file: SourceFile): Promise<Layout | null> {
  const lines = linesOf(utf8Of(file), new Notes());
  const first = await lines.next();
  const second = await lines.next();
  await lines.return();
  const lead = first.done ? await leadOf(file) : first.value.text[0];
  if (lead === undefined) return null;
  if (lead !== '{' && lead !== '[') return 'lines';
  if (first.done || second.done) return 'document';
  if (isJson(first.value.text)) return 'lines';
  // The first line is no JSON: it begins a document of several lines, or it is a broken line among others.
  for await (const { text } of jsonPieces(utf8Of(file), new Notes())) {
    return isJson(text) ? 'document' : 'lines';
  }
  return isJson(second.value.text) ? 'lines' : 'document';
}

export async function* piecesOf(
  file: SourceFile,
  layout: Layout,
  notes: Notes,
  onBytes?: (count: number) => void,
): AsyncGenerator<Piece, void, undefined> {
  const bytes = utf8Of(file, onBytes);
  if (layout === 'document') {
    for await (const { text, where, member, isElement } of jsonPieces(bytes, notes)) {
      const value = parsed(text, where, notes);
      if (value !== undefined) yield { value, where, member, isElement, length: text.length };
    }
    return;
  }
  for await (const { text, number } of linesOf(bytes, notes)) {
    const where = `line ${number}`;
    const value = parsed(text, where, notes);
    if (value !== undefined) yield { value, where, member: null, isElement: true, length: text.length };
  }
}

function parsed(text: string, where: string, notes: Notes): Json | undefined {
  try {
    return parseJson(text, where);
  } catch (error) {
    if (!(error instanceof BadSource)) throw error;
    notes.add(where, 'not JSON, left out');
    return undefined;
  }
}

function isJson(text: string): boolean {
  return parsed(text, '', new Notes()) !== undefined;
}

/** The first character that says something, of a file whose only line is very long. */
async function leadOf(file: SourceFile): Promise<string | undefined> {
  for await (const chunk of utf8Of(file)) {
    const found = /[^\s\0]/.exec(chunk.toString('latin1'));
    if (found) return found[0];
  }
  return undefined;
}
