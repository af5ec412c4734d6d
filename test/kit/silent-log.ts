/** A log for tests that have nothing to say about it. */
import type { Log } from '../../src/platform/log.js';

const nothing = () => undefined;

export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
