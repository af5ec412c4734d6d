/** What the HTTP server of one worker is made of. */

import type { UseCases } from '../app/use-cases.js';
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';

export interface HttpDeps {
  readonly service: UseCases;
  readonly config: Config;
  readonly log: Log;
  /** 1…N; 1 in dev. */
  readonly worker: number;
  readonly startedAt: Date;
}
