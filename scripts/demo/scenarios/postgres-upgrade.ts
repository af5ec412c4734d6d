/** An operation that stopped: a failed rehearsal halts the plan until somebody decides. */
import type { ScenarioTemplate } from '../scenario.js';

export const postgresUpgrade: ScenarioTemplate = {
  slug: 'postgres-16-upgrade',
  name: 'Upgrade the order database to PostgreSQL 16',
  description:
    'The order database ([[gigabytes]] GB) runs on 13, which gets no more fixes. Upgrade with pg_upgrade --link on a replica, then switch over.',
  owner: 'tobias.ek',
  status: 'active',
  tags: ['database', 'operations', 'risk'],
  goal: 'The order database runs on PostgreSQL 16 with at most ten minutes without writes, and we can go back for 24 hours.',
  tasks: [
    {
      id: 'inventory',
      name: 'List extensions, collations and clients',
      agent: 'ops-bot',
      status: 'completed',
      result: { extensions: 6, clients: 14 },
    },
    {
      id: 'runbook',
      name: 'Write the runbook',
      agent: 'tobias.ek',
      status: 'completed',
      dependencies: ['inventory'],
    },
    {
      id: 'replica',
      name: 'Build a replica for rehearsals',
      agent: 'ops-bot',
      status: 'completed',
      dependencies: ['inventory'],
      result: { host: 'orders-rehearsal', minutes: '[[minutes]]' },
    },
    {
      id: 'rehearsal',
      name: 'Rehearse the upgrade on the replica',
      agent: 'ops-bot',
      status: 'failed',
      onFailure: 'halt',
      dependencies: ['runbook', 'replica'],
      error: 'pg_upgrade --check: [[extension]] is not available for 16 on this image',
      result: { log: 'logs/rehearsal-1.log' },
    },
    {
      id: 'image',
      name: 'Build an image with [[extensionName]] for 16',
      status: 'pending',
      dependencies: ['inventory'],
    },
    {
      id: 'window',
      name: 'Agree on a window with Support and the shop',
      agent: 'mara.lindqvist',
      status: 'pending',
      dependencies: ['rehearsal'],
    },
    { id: 'switch', name: 'Switch over', agent: 'tobias.ek', status: 'pending', dependencies: ['window'] },
  ],
  messages: [
    {
      from: 'system',
      role: 'system',
      content:
        'Agents in this taskspace may run commands on orders-rehearsal only. Production is touched by people.',
    },
    {
      from: 'tobias.ek',
      role: 'user',
      content: 'Plan is in the taskspace. Nobody touches production before two clean rehearsals in a row.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content:
        'Inventory done: 6 extensions, 14 clients. Two collations will change their order with the new glibc, so indexes on text have to be rebuilt.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content: 'Replica orders-rehearsal is in sync after [[minutes]] minutes. Starting the first rehearsal.',
    },
    {
      from: 'ops-bot',
      role: 'tool',
      content: [
        '$ pg_upgrade --check --link -b /usr/lib/postgresql/13/bin -B /usr/lib/postgresql/16/bin',
        'Checking cluster versions                                     ok',
        'Checking for presence of required libraries                   fatal',
        '',
        'could not load library for [[extension]]',
      ],
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content:
        'The rehearsal failed in the check, before anything was changed: [[extension]] has no build for 16 on our image. I have marked the task failed, which halts the plan.',
    },
    {
      from: 'tobias.ek',
      role: 'user',
      content: 'Right decision. We need a newer image first. @mara: can we move the window by a week?',
      to: 'mara.lindqvist',
    },
    {
      from: 'mara.lindqvist',
      role: 'user',
      content: 'A week later collides with the autumn sale. Two weeks, then we are safe.',
      to: 'tobias.ek',
    },
  ],
  artifacts: [
    {
      path: 'runbook.md',
      revisions: [
        {
          by: 'tobias.ek',
          message: 'First version',
          content: [
            '# Runbook: orders to PostgreSQL 16',
            '',
            '1. Stop the writers (feature flag `orders.readonly`).',
            '2. Wait until the replica has no lag.',
            '3. `pg_upgrade --link` on the replica.',
            '4. Switch the connection pool.',
            '',
            'Way back: switch the pool to the old primary.',
          ],
        },
        {
          by: 'tobias.ek',
          message: 'Way back made possible: old primary follows by logical replication',
          content: [
            '# Runbook: orders to PostgreSQL 16',
            '',
            '1. Stop the writers (feature flag `orders.readonly`). At most ten minutes from here to step 6.',
            '2. Wait until the replica has no lag: `sql/lag.sql` gives 0.',
            '3. `pg_upgrade --link` on the replica.',
            '4. Rebuild the indexes that `sql/collation.sql` names.',
            '5. Set up logical replication back to the old primary.',
            '6. Switch the connection pool, start the writers.',
            '',
            'Way back, for 24 hours: stop the writers, wait for the old primary, switch the pool.',
          ],
        },
      ],
    },
    {
      path: 'sql/lag.sql',
      revisions: [
        {
          by: 'ops-bot',
          message: 'Lag in bytes',
          content: [
            'SELECT application_name, pg_wal_lsn_diff(sent_lsn, replay_lsn) AS lag_bytes',
            'FROM pg_stat_replication',
            'ORDER BY lag_bytes DESC;',
          ],
        },
      ],
    },
    {
      path: 'sql/collation.sql',
      revisions: [
        {
          by: 'ops-bot',
          message: 'Indexes whose order may change',
          content: [
            'SELECT DISTINCT indrelid::regclass AS "table", indexrelid::regclass AS "index"',
            'FROM (',
            '  SELECT indexrelid, indrelid, unnest(indcollation) AS collation FROM pg_index',
            ') AS used',
            'JOIN pg_collation ON pg_collation.oid = used.collation',
            "WHERE collprovider IN ('d', 'c') AND collname NOT IN ('C', 'POSIX');",
          ],
        },
      ],
    },
    {
      path: 'logs/rehearsal-1.log',
      revisions: [
        {
          by: 'ops-bot',
          message: 'Output of the failed check',
          content: [
            'Performing Consistency Checks',
            '-----------------------------',
            'Checking cluster versions                                     ok',
            'Checking database user is the install user                    ok',
            'Checking for presence of required libraries                   fatal',
            '',
            'could not load library for [[extension]]',
            'Failure, exiting',
          ],
        },
      ],
    },
  ],
};
