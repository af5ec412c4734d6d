/** What carries out the rows of the contract. */

import type { UseCases } from '../../app/use-cases.js';
import type { Config } from '../../config/config.js';
import { API_OPERATIONS } from '../../contract/operations.js';
import { bind, type Endpoint } from '../endpoint.js';
import { artifactHandlers } from './artifacts.js';
import { cacheHandlers } from './cache.js';
import { changeHandlers } from './changes.js';
import { claimHandlers } from './claims.js';
import { eventHandlers } from './events.js';
import { leaseHandlers } from './leases.js';
import { messageHandlers } from './messages.js';
import { overviewHandlers } from './overview.js';
import { planHandlers } from './plan.js';
import { taskspaceHandlers } from './taskspaces.js';

export function apiEndpoints(service: UseCases, limits: Config['limits']): Endpoint[] {
  return bind(API_OPERATIONS, {
    ...messageHandlers(service.messages),
    ...taskspaceHandlers(service.taskspaces),
    ...planHandlers(service.plan),
    ...claimHandlers(service.claims),
    ...leaseHandlers(service.leases),
    ...artifactHandlers(service.artifacts, limits),
    ...changeHandlers(service.changes),
    ...overviewHandlers(service.overview),
    ...eventHandlers(service.events),
    ...cacheHandlers(service.cache),
  });
}
