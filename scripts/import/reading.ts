/** One pass over a source: its messages in order, and what is known of the whole once it is over. */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { Entry } from './draft.js';
import type { SourceFile } from './file-bytes.js';
import type { Facts, FormReader } from './form.js';
import { withinLimits } from './limits.js';
import type { Notes } from './notes.js';
import { type Piece, piecesOf } from './pieces.js';
import { assemble, type Recognised } from './recognise.js';
import type { StepList } from './steps.js';

/** Of a document's members that are no records, and of a document that is one record. */
const HELD_LENGTH_MAX = 128 * 1024 * 1024;
const KINDS_MAX = 50;

export class Reading {
  messages = 0;
  /** Members of the document that are none of its records. */
  readonly others: JsonObject = {};
  private readonly reader: FormReader;
  private readonly kinds = new Map<string, number>();
  /** Members of the document whose elements are records. */
  private readonly members = new Set<string>();
  private held = 0;

  constructor(
    private readonly file: SourceFile,
    private readonly recognised: Recognised,
    private readonly notes: Notes,
  ) {
    this.reader = recognised.form.read(recognised.sample);
  }

  get steps(): StepList | undefined {
    return this.reader.steps;
  }

  facts(): Facts {
    return this.reader.facts?.() ?? {};
  }

  /** How many records of which kinds hold no message. */
  leftOut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.kinds);
  }

  async *entries(onBytes?: (count: number) => void): AsyncGenerator<Entry, void, undefined> {
    const { isWhole, layout } = this.recognised;
    for await (const piece of piecesOf(this.file, layout, this.notes, onBytes)) {
      if (isWhole || !this.isRecord(piece)) this.hold(piece);
      else yield* this.take(piece.value, piece.member, piece.where);
    }
    if (isWhole) yield* this.take(this.others, null, 'the document');
  }

  private isRecord({ member, value, isElement }: Piece): boolean {
    if (member === null) return true;
    if (!isElement) return false;
    if (!this.members.has(member) && !this.recognised.form.recognises(value, member)) return false;
    this.members.add(member);
    return true;
  }

  private hold(piece: Piece): void {
    this.held += piece.length;
    if (this.held <= HELD_LENGTH_MAX) assemble(this.others, piece);
    else this.notes.add(piece.where, 'too much beside the messages, left out');
  }

  private *take(record: Json, member: string | null, where: string): Generator<Entry, void, undefined> {
    const taken = this.read(record, member, where);
    if (typeof taken === 'string') {
      const kind = this.kinds.size < KINDS_MAX || this.kinds.has(taken) ? taken : 'other';
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
      return;
    }
    for (const message of taken) yield withinLimits(message, ++this.messages);
    const artifacts = this.steps?.takeArtifacts() ?? [];
    if (artifacts.length > 0) yield { message: null, artifacts };
  }

  /** A record that cannot be read costs itself alone. */
  private read(record: Json, member: string | null, where: string) {
    try {
      const taken = this.reader.take(record, member);
      if (taken !== undefined) return taken;
      this.notes.add(where, 'holds no message, left out');
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.notes.add(where, `could not be read (${error.message}), left out`);
    }
    return [];
  }
}
