/** The host of a memory store: nothing is prepared, locked, or left behind. */
export const memoryHost = {
  dir: null,
  begin: () => [],
  restore: () => [],
  count: async () => 0,
  end: () => undefined,
};
