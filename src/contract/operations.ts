/** All rows of the contract by their names, the most frequent calls first. */
import { artifactOperations } from './operations/artifacts.js';
import { cacheOperations } from './operations/cache.js';
import { changeOperations } from './operations/changes.js';
import { claimOperations } from './operations/claims.js';
import { eventOperations } from './operations/events.js';
import { leaseOperations } from './operations/leases.js';
import { messageOperations } from './operations/messages.js';
import { overviewOperations } from './operations/overview.js';
import { planOperations } from './operations/plan.js';
import { siteOperations } from './operations/site.js';
import { taskspaceOperations } from './operations/taskspaces.js';

/** About taskspaces, and all of them together. */
export const API_OPERATIONS = {
  ...messageOperations,
  ...taskspaceOperations,
  ...planOperations,
  ...claimOperations,
  ...leaseOperations,
  ...artifactOperations,
  ...changeOperations,
  ...overviewOperations,
  ...eventOperations,
  ...cacheOperations,
};

export const OPERATIONS = { ...API_OPERATIONS, ...siteOperations };
