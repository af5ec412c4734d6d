/** An audit that did not reach its aim: the taskspace is failed, and says honestly how far it came. */
import { agent, csv, lines, type MakeScenario, person } from '../scenario.js';

const SYSTEMS = ['crm', 'orders', 'newsletter', 'support desk', 'warehouse', 'old intranet'] as const;

export const retentionAudit: MakeScenario = (random) => {
  const rows = SYSTEMS.map((system) => ({
    system,
    owner: random.pick(['Sales', 'Operations', 'Support', 'unknown']),
    years: random.whole(2, 12),
    deletes: random.pick(['yes', 'partly', 'no']),
  }));
  const without = rows.filter(({ deletes }) => deletes === 'no').length;
  return {
    slug: 'data-retention-audit',
    name: 'Who keeps personal data for how long',
    description:
      'List every system that holds personal data, its rule for deletion, and whether the rule is carried out.',
    owner: 'priya.nair',
    status: 'failed',
    tags: ['privacy', 'audit'],
    goal: 'A complete list, confirmed by the owner of each system, before the audit on 15 November.',
    tasks: [
      {
        id: 'list',
        name: 'List the systems',
        agent: 'researcher',
        status: 'completed',
        result: { systems: rows.length },
      },
      {
        id: 'ask',
        name: 'Ask the owners for their rules',
        agent: 'researcher',
        status: 'completed',
        dependencies: ['list'],
        result: { answered: rows.length - 1 },
      },
      {
        id: 'check',
        name: 'Sample ten records per system that should be gone',
        agent: 'analyst',
        status: 'completed',
        dependencies: ['ask'],
      },
      {
        id: 'intranet',
        name: 'Find somebody who is responsible for the old intranet',
        agent: 'priya.nair',
        status: 'failed',
        onFailure: 'halt',
        dependencies: ['ask'],
        error: 'Nobody is. The last administrator left in 2022, and the machine has no login that works.',
      },
      {
        id: 'sign',
        name: 'Have the owners sign the list',
        status: 'cancelled',
        dependencies: ['check', 'intranet'],
      },
    ],
    messages: [
      person(
        'priya.nair',
        'The auditors come on the 15th. I would rather show them a gap than a fairy tale.',
      ),
      agent(
        'researcher',
        `${rows.length} systems hold personal data. Five owners have answered; for the old intranet nobody feels responsible.`,
      ),
      agent(
        'analyst',
        `Sampled ten old records in each: ${without} of ${rows.length} systems delete nothing at all, whatever their rule says.`,
      ),
      agent('researcher', 'IT has a machine by that name, but no login. It has been running since 2014.', {
        conversation: 'old-intranet',
      }),
      person(
        'tobias.ek',
        'I can image the disk and switch the machine off, but then the list stays incomplete until somebody has read the image.',
        { conversation: 'old-intranet' },
      ),
      person(
        'priya.nair',
        'Do that, please. We do not reach the goal by the 15th, and I will say so. A new taskspace begins with the image.',
      ),
    ],
    artifacts: [
      {
        path: 'systems.csv',
        revisions: [
          {
            by: 'researcher',
            message: 'Systems and owners',
            content: csv(
              ['system', 'owner', 'oldest_data_years'],
              rows.map(({ system, owner, years }) => [system, owner, years]),
            ),
          },
          {
            by: 'analyst',
            message: 'Whether deletion is carried out',
            content: csv(
              ['system', 'owner', 'oldest_data_years', 'deletes'],
              rows.map(({ system, owner, years, deletes }) => [system, owner, years, deletes]),
            ),
          },
        ],
      },
      {
        path: 'letter-to-auditors.md',
        revisions: [
          {
            by: 'priya.nair',
            message: 'Sent on 14 November',
            content: lines(
              '# State of our deletion rules',
              '',
              `We know of ${rows.length} systems with personal data. ${without} of them delete nothing today.`,
              '',
              'For one, the old intranet, we could not find out what it holds. It is switched off, and its disk is kept sealed until it has been examined.',
              '',
              'Next: an owner for each system by 31 January.',
            ),
          },
        ],
      },
    ],
  };
};
