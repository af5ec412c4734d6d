/**
 * What a form of transcript is: how its records are recognised, by their shape alone, and how they are read.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { MessageInput } from '../../src/contract/messages.js';
import type { Status } from '../../src/contract/taskspaces.js';
import type { StepList } from './steps.js';

export interface Form {
  /** As people call it. */
  readonly name: string;
  /** @param member the document's member that the record is an element of, or null. */
  recognises(record: Json, member: string | null): boolean;
  /** A whole document that is one record, also when members of it would be records of another form. */
  readonly isWhole?: true;
  /** Members of the document that are none of its records are nobody's. */
  readonly keepsNoOthers?: true;
  /** @param sample the first records, for what depends on how a maker writes. */
  read(sample: readonly Json[]): FormReader;
}

/** Reads the records of one source in order; each pass over the source has a reader of its own. */
export interface FormReader {
  take(record: Json, member: string | null): Taken;
  /** What is known of the whole once all is read. */
  facts?(): Facts;
  /** The steps of a run, which become its plan. */
  readonly steps?: StepList;
}

/**
 * Messages; or what kind of record it is that has none; or undefined for a record that is none of this form.
 */
export type Taken = readonly MessageInput[] | string | undefined;

export interface Facts {
  readonly data?: JsonObject;
  readonly title?: string;
  readonly status?: Status;
  /** The patch in which a run has ended. */
  readonly submission?: string;
}
