/** What scripts/chromium.mjs gives to the tests. */
import type { Found } from './fetched-program.mjs';

export function findChromium(): Found;
export function chromiumNotice(): string | null;
