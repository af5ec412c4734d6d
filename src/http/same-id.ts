/** A body may repeat the id of its path, since read bodies contain it; it cannot rename. */
import { invalidBody } from './check-body.js';

/** Throws `invalid_body` when the body has an id and it is not the path's. */
export function checkSameId(inBody: string | undefined, inPath: string): void {
  if (inBody === undefined || inBody === inPath) return;
  throw invalidBody([{ pointer: '/id', detail: `Must be "${inPath}", as in the path, or be left out.` }]);
}
