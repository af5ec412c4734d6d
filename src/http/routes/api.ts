/** All rows of the contract under /api, the most frequent first. */
import type { Config } from '../../config/config.js';
import type { Service } from '../../service/service.js';
import type { Endpoint } from '../endpoint.js';
import { artifactEndpoints } from './artifacts.js';
import { cacheEndpoints } from './cache.js';
import { changeEndpoints } from './changes.js';
import { claimEndpoints } from './claims.js';
import { eventEndpoints } from './events.js';
import { leaseEndpoints } from './leases.js';
import { messageEndpoints } from './messages.js';
import { overviewEndpoints } from './overview.js';
import { planEndpoints } from './plan.js';
import { summaryEndpoints } from './summary.js';
import { taskspaceEndpoints } from './taskspaces.js';

export function apiEndpoints(service: Service, limits: Config['limits']): Endpoint[] {
  return [
    ...messageEndpoints(service),
    ...taskspaceEndpoints(service),
    ...summaryEndpoints(service),
    ...planEndpoints(service),
    ...claimEndpoints(service),
    ...leaseEndpoints(service),
    ...artifactEndpoints(service, limits),
    ...changeEndpoints(service),
    ...overviewEndpoints(service),
    ...eventEndpoints(service),
    ...cacheEndpoints(service),
  ];
}
