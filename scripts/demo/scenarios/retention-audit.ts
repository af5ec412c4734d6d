/** An audit that did not reach its aim: the taskspace is failed, and says honestly how far it came. */
import type { ScenarioTemplate } from '../scenario.js';

export const retentionAudit: ScenarioTemplate = {
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
      result: { systems: 6 },
    },
    {
      id: 'ask',
      name: 'Ask the owners for their rules',
      agent: 'researcher',
      status: 'completed',
      dependencies: ['list'],
      result: { answered: 5 },
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
    {
      from: 'priya.nair',
      role: 'user',
      content: 'The auditors come on the 15th. I would rather show them a gap than a fairy tale.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        '6 systems hold personal data. Five owners have answered; for the old intranet nobody feels responsible.',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        'Sampled ten old records in each: [[without]] of 6 systems delete nothing at all, whatever their rule says.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content: 'IT has a machine by that name, but no login. It has been running since 2014.',
      conversation: 'old-intranet',
    },
    {
      from: 'tobias.ek',
      role: 'user',
      content:
        'I can image the disk and switch the machine off, but then the list stays incomplete until somebody has read the image.',
      conversation: 'old-intranet',
    },
    {
      from: 'priya.nair',
      role: 'user',
      content:
        'Do that, please. We do not reach the goal by the 15th, and I will say so. A new taskspace begins with the image.',
    },
  ],
  artifacts: [
    {
      path: 'systems.csv',
      revisions: [
        { by: 'researcher', message: 'Systems and owners', content: '[[found]]' },
        { by: 'analyst', message: 'Whether deletion is carried out', content: '[[checked]]' },
      ],
    },
    {
      path: 'letter-to-auditors.md',
      revisions: [
        {
          by: 'priya.nair',
          message: 'Sent on 14 November',
          content: [
            '# State of our deletion rules',
            '',
            'We know of 6 systems with personal data. [[without]] of them delete nothing today.',
            '',
            'For one, the old intranet, we could not find out what it holds. It is switched off, and its disk is kept sealed until it has been examined.',
            '',
            'Next: an owner for each system by 31 January.',
          ],
        },
      ],
    },
  ],
};
