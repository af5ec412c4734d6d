const DEADLINE_MS = 60_000;
const PAUSE_MS = 5;

/**
 * Calls until it returns anything but false without throwing, which it then returns. Fails after a deadline,
 * never by chance: @throws what it threw last.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, false>> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      const found = await attempt();
      if (found !== false) return found as Exclude<T, false>;
      if (performance.now() > until) throw new Error(`did not happen within ${deadlineMs} ms`);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
