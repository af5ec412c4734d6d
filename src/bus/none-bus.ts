/** No bus: nobody is woken. Waiting reads find what they wait for by looking every 250 ms. */
import type { Bus } from './bus.js';

export function createNoneBus(): Bus {
  return {
    kind: 'none',
    ready: Promise.resolve(),
    publish: () => undefined,
    subscribe: () => () => undefined,
    stats: () => ({ state: 'off', published: 0, received: 0, gaps: 0, lagP50Ms: null, lagP99Ms: null }),
    close: async () => undefined,
  };
}
