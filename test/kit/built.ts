/** The package as its users import it: for tests of what runs against dist/. */
import { beforeAll } from 'vitest';
import { ensureBuilt } from '../../scripts/build.mjs';

const BUILD_MS = 240_000;

/** Builds dist/ before the tests of a file when it does not belong to the sources. */
export function needsBuild(): void {
  beforeAll(async () => {
    if ((await ensureBuilt()) !== 0) throw new Error('dist/ could not be built');
  }, BUILD_MS);
}
