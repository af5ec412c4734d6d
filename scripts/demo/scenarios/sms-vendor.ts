/** A choice to be made by a person: agents have gathered everything, one task waits as an escalation. */
import { agent, csv, lines, type MakeScenario, person } from '../scenario.js';

const VENDORS = ['Northline', 'Pigeon SMS', 'Relaywave'] as const;

export const smsVendor: MakeScenario = (random) => {
  const offers = VENDORS.map((vendor) => ({
    vendor,
    cents: Number(random.near(6.2, 0.2).toFixed(2)),
    seconds: Number(random.near(4.5, 0.5).toFixed(1)),
    delivered: Number(random.near(98, 0.012).toFixed(1)),
  }));
  const cheapest = offers.reduce((best, offer) => (offer.cents < best.cents ? offer : best));
  const surest = offers.reduce((best, offer) => (offer.delivered > best.delivered ? offer : best));
  return {
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
      person(
        'mara.lindqvist',
        'Delivery matters most: a code that comes after a minute is a customer who calls us.',
      ),
      agent(
        'researcher',
        `All three offers are in. ${cheapest.vendor} is cheapest with ${cheapest.cents} cents a message at our volume.`,
      ),
      agent(
        'ops-bot',
        `Trial done, 500 messages each, spread over four networks. Best delivery: ${surest.vendor} with ${surest.delivered} %.`,
      ),
      agent(
        'researcher',
        'I stop at the agreement of Relaywave: texts are kept for 30 days in a third country. One-time codes are worthless after five minutes, but phone numbers are not. A person has to decide.',
        { to: 'mara.lindqvist' },
      ),
      person('mara.lindqvist', 'I will ask our data protection officer. Answer by Friday.', {
        to: 'researcher',
      }),
    ],
    artifacts: [
      {
        path: 'trial.csv',
        revisions: [
          {
            by: 'ops-bot',
            message: '500 messages each',
            content: csv(
              ['vendor', 'cents_per_message', 'median_seconds', 'delivered_percent'],
              offers.map(({ vendor, cents, seconds, delivered }) => [vendor, cents, seconds, delivered]),
            ),
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
            content: lines(
              '# Providers',
              '',
              '| | cents | delivered | privacy |',
              '|---|---|---|---|',
              ...offers.map(({ vendor, cents }) => `| ${vendor} | ${cents} | ? | ? |`),
            ),
          },
          {
            by: 'researcher',
            message: 'Trial and agreements added',
            content: lines(
              '# Providers',
              '',
              '| | cents | delivered | privacy |',
              '|---|---|---|---|',
              ...offers.map(
                ({ vendor, cents, delivered }) =>
                  `| ${vendor} | ${cents} | ${delivered} % | ${vendor === 'Relaywave' ? 'open question' : 'EU only'} |`,
              ),
            ),
          },
        ],
      },
      {
        path: 'criteria.json',
        revisions: [
          {
            by: 'mara.lindqvist',
            message: 'Agreed with Purchasing',
            content: `${JSON.stringify({ weights: { price: 3, delivery: 4, privacy: 3 }, mustHave: ['delivery reports', 'EU contract partner'], volumePerMonth: 180_000 }, null, 2)}\n`,
          },
        ],
      },
    ],
  };
};
