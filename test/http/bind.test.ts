/** Handlers are bound to the rows of the contract: by the compiler, and none is left over. */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/environment.js';
import { leaseOperations } from '../../src/contract/operations/leases.js';
import { OPERATIONS } from '../../src/contract/operations.js';
import { bind, type Handlers } from '../../src/http/endpoint.js';
import { apiEndpoints } from '../../src/http/routes/api.js';
import { siteEndpoints } from '../../src/http/routes/site.js';
import { fakeService } from './fake-service.js';

type LeaseHandlers = Handlers<typeof leaseOperations>;
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const none = async () => () => undefined;
const handlers: LeaseHandlers = { listLeases: none, grantLease: none, renewLease: none, releaseLease: none };

describe('rows and handlers', () => {
  it('belong to each other', () => {
    const { listLeases: _left, ...some } = handlers;
    // @ts-expect-error a row without a handler does not compile
    bind(leaseOperations, some);
    // @ts-expect-error a handler without a row does not compile
    bind(leaseOperations, { ...handlers, stealLease: none } satisfies LeaseHandlers);
    expect(bind(leaseOperations, handlers).map(({ operation }) => operation)).toEqual(Object.keys(handlers));
  });

  it('are all served', () => {
    const config = readConfig({ DATA_DIR: 'data' }, 'prod', '0');
    const service = fakeService({});
    const deps = { service, config, log, worker: 1, startedAt: new Date(0) };
    const served = [...apiEndpoints(service, config.limits), ...siteEndpoints(deps)];
    expect(served.map(({ operation }) => operation)).toEqual(Object.keys(OPERATIONS));
  });
});
