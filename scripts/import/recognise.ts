/**
 * Which form a source has: every form is shown the first records, and the one that recognises most of them
 * has it.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { SourceFile } from './file-bytes.js';
import type { Form } from './form.js';
import { FORMS } from './forms.js';
import { Notes } from './notes.js';
import { type Layout, layoutOf, type Piece, piecesOf } from './pieces.js';

const VOTES_ENOUGH = 50;
const RECORDS_MAX = 2_000;
const BYTES_MAX = 64 * 1024 * 1024;

export interface Recognised {
  readonly form: Form;
  readonly layout: Layout;
  /** The document is one record. */
  readonly isWhole: boolean;
  readonly sample: readonly Json[];
}

/** Null when no form recognises anything. */
export async function recognise(file: SourceFile): Promise<Recognised | null> {
  const layout = await layoutOf(file);
  if (layout === null) return null;
  const votes = new Map<Form, number>();
  const sample: Json[] = [];
  const whole: JsonObject = {};
  let isObject = false;
  let isComplete = true;
  let bytes = 0;
  const count = (read: number): void => {
    bytes += read;
  };
  for await (const piece of piecesOf(file, layout, new Notes(), count)) {
    if (piece.member !== null) isObject = true;
    assemble(whole, piece);
    if (piece.isElement) {
      sample.push(piece.value);
      for (const form of FORMS) {
        if (form.recognises(piece.value, piece.member)) votes.set(form, (votes.get(form) ?? 0) + 1);
      }
    }
    const most = Math.max(0, ...votes.values());
    if (most >= VOTES_ENOUGH || sample.length >= RECORDS_MAX || bytes >= BYTES_MAX) {
      isComplete = false;
      break;
    }
  }
  const alone = isObject ? FORMS.find((form) => form.isWhole && form.recognises(whole, null)) : undefined;
  if (alone) return { form: alone, layout, isWhole: true, sample: [whole] };
  const best = FORMS.filter((form) => votes.has(form)).reduce<Form | null>(
    (first, form) => (first === null || (votes.get(form) ?? 0) > (votes.get(first) ?? 0) ? form : first),
    null,
  );
  if (best) return { form: best, layout, isWhole: false, sample };
  const one = isObject && isComplete ? FORMS.find((form) => form.recognises(whole, null)) : undefined;
  return one ? { form: one, layout, isWhole: true, sample: [whole] } : null;
}

/** Puts a piece of a document back where it was. */
export function assemble(whole: JsonObject, { member, value, isElement }: Piece): void {
  if (member === null) return;
  if (!isElement) {
    whole[member] = value;
    return;
  }
  const list = whole[member];
  if (Array.isArray(list)) list.push(value);
  else whole[member] = [value];
}
