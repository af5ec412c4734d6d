/** A choice to be made by a person: agents have gathered everything, one task waits as an escalation. */
import type { ScenarioTemplate } from '../scenario.js';

export const smsVendor: ScenarioTemplate = {
  slug: 'sms-vendor',
  name: 'Choose a provider for text messages',
  description:
    'The contract for one-time codes by SMS ends in January. Compare three providers on price, speed and data protection.',
  owner: 'mara.lindqvist',
  status: 'active',
  tags: ['vendors', 'security', 'q4'],
  goal: 'A recommendation that Purchasing and Security both sign.',
  tasks: [
    {
      id: 'criteria',
      name: 'Agree on criteria and weights',
      agent: 'mara.lindqvist',
      status: 'completed',
      result: { price: 3, delivery: 4, privacy: 3 },
    },
    {
      id: 'offers',
      name: 'Ask three providers for offers',
      agent: 'researcher',
      status: 'completed',
      dependencies: ['criteria'],
    },
    {
      id: 'trial',
      name: 'Send 500 test messages through each',
      agent: 'ops-bot',
      status: 'completed',
      dependencies: ['offers'],
      result: { file: 'trial.csv' },
    },
    {
      id: 'privacy',
      name: 'Check the data processing agreements',
      agent: 'researcher',
      status: 'failed',
      onFailure: 'escalate_to_user',
      dependencies: ['offers'],
      error:
        'Relaywave stores message texts for 30 days outside the EU. Whether that is acceptable is not for an agent to decide.',
    },
    {
      id: 'recommend',
      name: 'Write the recommendation',
      agent: 'writer',
      status: 'pending',
      dependencies: ['trial', 'privacy'],
    },
  ],
  messages: [
    {
      from: 'mara.lindqvist',
      role: 'user',
      content: 'Delivery matters most: a code that comes after a minute is a customer who calls us.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        'All three offers are in. [[cheapest]] is cheapest with [[cents]] cents a message at our volume.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content:
        'Trial done, 500 messages each, spread over four networks. Best delivery: [[surest]] with [[delivered]] %.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        'I stop at the agreement of Relaywave: texts are kept for 30 days in a third country. One-time codes are worthless after five minutes, but phone numbers are not. A person has to decide.',
      to: 'mara.lindqvist',
    },
    {
      from: 'mara.lindqvist',
      role: 'user',
      content: 'I will ask our data protection officer. Answer by Friday.',
      to: 'researcher',
    },
  ],
  artifacts: [
    {
      path: 'trial.csv',
      revisions: [
        {
          by: 'ops-bot',
          message: '500 messages each',
          content: '[[offers]]',
          metadata: { type: 'measurement' },
        },
      ],
    },
    {
      path: 'comparison.md',
      revisions: [
        {
          by: 'researcher',
          message: 'Prices',
          content: [
            '# Providers',
            '',
            '| | cents | delivered | privacy |',
            '|---|---|---|---|',
            '[[prices]]',
          ],
        },
        {
          by: 'researcher',
          message: 'Trial and agreements added',
          content: [
            '# Providers',
            '',
            '| | cents | delivered | privacy |',
            '|---|---|---|---|',
            '[[comparison]]',
          ],
        },
      ],
    },
    {
      path: 'criteria.json',
      revisions: [
        {
          by: 'mara.lindqvist',
          message: 'Agreed with Purchasing',
          content: [
            '{',
            '  "weights": {',
            '    "price": 3,',
            '    "delivery": 4,',
            '    "privacy": 3',
            '  },',
            '  "mustHave": [',
            '    "delivery reports",',
            '    "EU contract partner"',
            '  ],',
            '  "volumePerMonth": 180000',
            '}',
          ],
        },
      ],
    },
  ],
};
