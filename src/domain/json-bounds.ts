/**
 * How much JSON is accepted at once. Bytes alone bound neither its work nor its memory: a key takes a hundred
 * times what a character of a text takes. The bounds fit what a person or an agent can mean; larger things
 * are artifacts.
 */
export interface JsonBounds {
  /** Members of objects, and items of arrays, in the whole value. */
  readonly membersMax: number;
  readonly itemsMax: number;
  /** The same, and bytes, for each item of an array in the outermost object. Absent: no separate bound. */
  readonly each?: { readonly membersMax: number; readonly itemsMax: number; readonly bytesMax: number };
}

/** Nesting of arrays and objects: recursion over an accepted value never runs out of stack. */
export const DEPTH_MAX = 100;

const MIB = 1024 * 1024;

/** For one thing: a taskspace, a task, a message. */
export const ONE_BOUNDS: JsonBounds = { membersMax: 20_000, itemsMax: 100_000 };

/** For many: the tasks of a plan, the messages of a batch. Each has the bounds that it has alone. */
export const MANY_BOUNDS: JsonBounds = {
  membersMax: 400_000,
  itemsMax: 400_000,
  each: { ...ONE_BOUNDS, bytesMax: MIB },
};
