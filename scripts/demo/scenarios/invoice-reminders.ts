/** Writing that is done: three letters, a decision table, several rounds of edits. */
import { agent, csv, lines, type MakeScenario, person } from '../scenario.js';

export const invoiceReminders: MakeScenario = (random) => {
  const overdue = random.whole(212, 268);
  const paid = Math.round(overdue * random.near(0.61, 0.05));
  const fee = random.pick(['5,00', '7,50', '10,00']);
  return {
    slug: 'invoice-reminders',
    name: 'Friendlier payment reminders',
    description:
      'Three letters for unpaid invoices, in plain language, and the rule for when each of them goes out. Checked by Legal before the first mailing.',
    owner: 'priya.nair',
    status: 'completed',
    tags: ['finance', 'writing'],
    goal: 'Customers understand at once what is due and how to pay it; nobody gets two letters in one week.',
    tasks: [
      {
        id: 'collect',
        name: 'Collect the present letters and complaints about them',
        agent: 'researcher',
        status: 'completed',
        result: { letters: 3, complaints: random.whole(14, 23) },
      },
      {
        id: 'draft',
        name: 'Draft the three letters',
        agent: 'writer',
        status: 'completed',
        dependencies: ['collect'],
      },
      {
        id: 'legal',
        name: 'Check by Legal',
        agent: 'jonas.weber',
        status: 'completed',
        dependencies: ['draft'],
        result: { remarks: ['name the legal basis of the fee', 'keep the date of the first invoice'] },
      },
      {
        id: 'rules',
        name: 'Write down who gets which letter when',
        agent: 'writer',
        status: 'completed',
        dependencies: ['draft'],
      },
      {
        id: 'pilot',
        name: 'Send the first letter to the pilot group',
        agent: 'ops-bot',
        status: 'completed',
        dependencies: ['legal', 'rules'],
        result: { sent: overdue, paidWithin14Days: paid },
      },
    ],
    messages: [
      person(
        'priya.nair',
        'The present reminders sound like threats. I want someone who simply forgot to feel reminded, not accused.',
      ),
      agent(
        'researcher',
        'Read all complaints of this year. Two thirds name the same sentence: "We will be forced to take further steps." Most people had paid already when the letter came.',
      ),
      agent(
        'writer',
        'Drafts of all three letters are in letters/. I begin with the amount and the date, and the way to pay comes before any consequence.',
      ),
      person(
        'jonas.weber',
        `Two remarks from Legal. The fee of ${fee} € needs its basis named, and the second letter must repeat the date of the first.`,
        { to: 'writer' },
      ),
      agent(
        'writer',
        'Both done. I also moved the fee into a sentence of its own, so that nobody can overlook it.',
      ),
      agent(
        'ops-bot',
        `Pilot sent to ${overdue} customers on Monday at 08:00. No bounce above the usual rate.`,
      ),
      agent(
        'ops-bot',
        `After 14 days ${paid} of ${overdue} have paid (${Math.floor((100 * paid) / overdue)} %). The old letter reached 48 % in the same time.`,
      ),
      person(
        'priya.nair',
        'That is better than I had hoped. Closing this; the switch for all customers is a ticket of the billing team.',
      ),
    ],
    artifacts: [
      {
        path: 'letters/1-reminder.md',
        revisions: [
          {
            by: 'writer',
            message: 'First draft',
            content: letter(
              'Your invoice {{number}} is still open',
              'perhaps it got lost: invoice {{number}} of {{date}} over {{amount}} is still open.',
              'If you have paid in the last few days, please disregard this letter.',
            ),
          },
          {
            by: 'writer',
            message: 'Shorter; the way to pay comes first',
            content: letter(
              'A short reminder: invoice {{number}}',
              'invoice {{number}} of {{date}} over **{{amount}}** is still open. You can pay it here: {{paymentLink}}',
              'Already paid? Then everything is settled and you need do nothing.',
            ),
          },
        ],
      },
      {
        path: 'letters/2-second-reminder.md',
        revisions: [
          {
            by: 'writer',
            message: 'First draft',
            content: letter(
              'Second reminder: invoice {{number}}',
              'we wrote to you on {{firstReminder}} about invoice {{number}} over {{amount}}.',
              `From {{feeDate}} on we have to add ${fee} €.`,
            ),
          },
          {
            by: 'writer',
            message: 'Remarks of Legal',
            content: letter(
              'Second reminder: invoice {{number}}',
              'we wrote to you on {{firstReminder}} about invoice {{number}} of {{date}} over **{{amount}}**. You can pay it here: {{paymentLink}}',
              `From {{feeDate}} on a fee of ${fee} € is added (section 7 of our terms).`,
            ),
          },
          {
            by: 'priya.nair',
            message: 'Offer instalments',
            content: letter(
              'Second reminder: invoice {{number}}',
              'we wrote to you on {{firstReminder}} about invoice {{number}} of {{date}} over **{{amount}}**. You can pay it here: {{paymentLink}}',
              `From {{feeDate}} on a fee of ${fee} € is added (section 7 of our terms). If that is difficult at present, call us: we can agree on instalments.`,
            ),
          },
        ],
      },
      {
        path: 'rules.csv',
        revisions: [
          {
            by: 'writer',
            message: 'As agreed with billing',
            content: csv(
              ['days_overdue', 'letter', 'channel', 'fee'],
              [
                [7, '1-reminder', 'email', 'no'],
                [21, '2-second-reminder', 'email and post', 'announced'],
                [42, '3-last-letter', 'post', 'yes'],
              ],
            ),
          },
        ],
      },
    ],
  };
};

function letter(title: string, opening: string, closing: string): string {
  return lines(
    `# ${title}`,
    '',
    'Dear {{name}},',
    '',
    opening,
    '',
    closing,
    '',
    'Kind regards',
    'Your billing team, {{phone}}',
  );
}
