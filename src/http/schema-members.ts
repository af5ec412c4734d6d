/** The names of the members that a body may have at a place in it. */
import type { z } from 'zod';

/** Members that a client sends; those that the server sets are accepted too, and not named. */
export function membersAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema);
  for (const part of path) at = unwrapped(at?.shape?.[String(part)] ?? at?.element);
  return Object.entries(at?.shape ?? {})
    .filter(([, member]) => (member as z.ZodType).meta()?.readOnly !== true)
    .map(([name]) => name);
}

/** The parts of a schema that are read, whatever its kind. */
interface Parts {
  readonly shape?: Readonly<Record<string, unknown>> | undefined;
  readonly element?: unknown;
}

interface Wrapper {
  readonly def: { readonly innerType?: unknown; readonly in?: unknown };
}

/** The schema inside the wrappers for optional members, defaults and transforms. */
function unwrapped(schema: unknown): Parts | undefined {
  let at = schema as (Parts & Wrapper) | undefined;
  while (at !== undefined && at.shape === undefined && at.element === undefined) {
    at = (at.def.innerType ?? at.def.in) as (Parts & Wrapper) | undefined;
  }
  return at;
}
