/** Leases by name, as events carry them and as a state holds them. */
import type { TokenMark } from './token.js';

/** As events carry it, and as it is shown. */
export interface LeaseValue {
  readonly name: string;
  readonly holder: string;
  readonly fence: number;
  readonly expiresAt: string;
}

/** A lease that was granted and not released; it may have lapsed. */
export interface Lease extends LeaseValue {
  readonly token: TokenMark;
}
