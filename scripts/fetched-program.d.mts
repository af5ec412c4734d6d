/** What scripts/fetched-program.mjs takes and gives. */
export interface Program {
  /** Of its folder in .cache, and for people. */
  readonly name: string;
  /** Names under which it may stand on PATH. */
  readonly commands: readonly string[];
  /** Debian's packages to fetch. */
  readonly packages: readonly string[];
  /** The program in them. */
  readonly file: string;
}

/** What to spawn and which variables to add; or one line for a person. */
export type Found =
  | { readonly command: string; readonly env: Record<string, string>; readonly reason?: undefined }
  | { readonly command?: undefined; readonly env?: undefined; readonly reason: string };

export function findProgram(program: Program): Found;
