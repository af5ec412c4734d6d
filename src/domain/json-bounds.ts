/**
 * How much JSON is taken at once. Bytes alone bound neither the work nor the memory of it: a key takes a hundred times
 * what a letter of a text takes. The sizes are of what a person or an agent can mean; larger things are artifacts.
 */
export interface JsonBounds {
  /** Members of objects, and items of arrays, in all of it. */
  readonly membersMax: number;
  readonly itemsMax: number;
  /** The same for each item of an array that stands directly in the outermost object, and its bytes. Absent: no bound of its own. */
  readonly each?: { readonly membersMax: number; readonly itemsMax: number; readonly bytesMax: number };
}

/** Arrays and objects in each other: what walks a value by recursion never runs out of stack. */
export const DEPTH_MAX = 100;

const MIB = 1024 * 1024;

/** Of one thing: a taskspace, a task, a message. */
export const ONE_BOUNDS: JsonBounds = { membersMax: 20_000, itemsMax: 100_000 };

/** Of many: the tasks of a plan, the messages of a batch. Each may be what it may be alone. */
export const MANY_BOUNDS: JsonBounds = {
  membersMax: 400_000,
  itemsMax: 400_000,
  each: { ...ONE_BOUNDS, bytesMax: MIB },
};
