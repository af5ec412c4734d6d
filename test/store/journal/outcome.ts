/** What a stepped writer leaves in its shared memory. */
export const OUTCOME = { pending: 0, acknowledged: 1, refused: 2 } as const;
