/** 0 when dist/ belongs to the sources, else the compiler's exit code. */
export function ensureBuilt(): Promise<number>;
