/** The names of the members that a body may have at a place in it. */
import type { z } from 'zod';

/** Those that a client sends; the ones that the server sets are taken too, and not named. */
export function membersAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema);
  for (const part of path) at = unwrapped(at?.shape?.[String(part)] ?? at?.element);
  return Object.entries(at?.shape ?? {})
    .filter(([, member]) => (member as z.ZodType).meta()?.readOnly !== true)
    .map(([name]) => name);
}

/** What is looked at of a schema of any kind. */
interface Parts {
  readonly shape?: Readonly<Record<string, unknown>> | undefined;
  readonly element?: unknown;
}

interface Wrapper {
  readonly def: { readonly innerType?: unknown; readonly in?: unknown };
}

/** The schema behind what makes it optional, gives it a default or changes its output. */
function unwrapped(schema: unknown): Parts | undefined {
  let at = schema as (Parts & Wrapper) | undefined;
  while (at !== undefined && at.shape === undefined && at.element === undefined) {
    at = (at.def.innerType ?? at.def.in) as (Parts & Wrapper) | undefined;
  }
  return at;
}
