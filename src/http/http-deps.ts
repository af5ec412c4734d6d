/** What the HTTP server of one worker is made of. */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import type { UseCases } from '../service/use-cases.js';

export interface HttpDeps {
  readonly service: UseCases;
  readonly config: Config;
  readonly log: Log;
  /** 1…N; 1 in dev. */
  readonly worker: number;
  readonly startedAt: Date;
}
