/**
 * Types of the contract's values, inferred from their schemas. They can be read and not changed, and stand in
 * declarations as what they resolve to (scripts/client-declarations.mjs), so that readers need no zod.
 */
import type { z } from 'zod';
import type { Json } from '../domain/json.js';

/** As a client sends it: before defaults and transforms. */
export type Input<S extends z.ZodType> = Frozen<z.input<S>>;

/** As an answer shows it, or a handler gets it. */
export type Output<S extends z.ZodType> = Frozen<z.output<S>>;

/** Free JSON, which has members of any name, stays as it is. */
type Frozen<T> = Json extends T
  ? T
  : T extends object
    ? string extends keyof T
      ? T
      : { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
