/** Writing that is done: three letters, a decision table, several rounds of edits. */
import type { ScenarioTemplate } from '../scenario.js';

export const invoiceReminders: ScenarioTemplate = {
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
      result: { letters: 3, complaints: '[[complaints]]' },
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
      result: { sent: '[[overdue]]', paidWithin14Days: '[[paid]]' },
    },
  ],
  messages: [
    {
      from: 'priya.nair',
      role: 'user',
      content:
        'The present reminders sound like threats. I want someone who simply forgot to feel reminded, not accused.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        'Read all complaints of this year. Two thirds name the same sentence: "We will be forced to take further steps." Most people had paid already when the letter came.',
    },
    {
      from: 'writer',
      role: 'assistant',
      content:
        'Drafts of all three letters are in letters/. I begin with the amount and the date, and the way to pay comes before any consequence.',
    },
    {
      from: 'jonas.weber',
      role: 'user',
      content:
        'Two remarks from Legal. The fee of [[fee]] € needs its basis named, and the second letter must repeat the date of the first.',
      to: 'writer',
    },
    {
      from: 'writer',
      role: 'assistant',
      content: 'Both done. I also moved the fee into a sentence of its own, so that nobody can overlook it.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content: 'Pilot sent to [[overdue]] customers on Monday at 08:00. No bounce above the usual rate.',
    },
    {
      from: 'ops-bot',
      role: 'assistant',
      content:
        'After 14 days [[paid]] of [[overdue]] have paid ([[paidPercent]] %). The old letter reached 48 % in the same time.',
    },
    {
      from: 'priya.nair',
      role: 'user',
      content:
        'That is better than I had hoped. Closing this; the switch for all customers is a ticket of the billing team.',
    },
  ],
  artifacts: [
    {
      path: 'letters/1-reminder.md',
      revisions: [
        {
          by: 'writer',
          message: 'First draft',
          content: [
            '# Your invoice {{number}} is still open',
            '',
            'Dear {{name}},',
            '',
            'perhaps it got lost: invoice {{number}} of {{date}} over {{amount}} is still open.',
            '',
            'If you have paid in the last few days, please disregard this letter.',
            '',
            'Kind regards',
            'Your billing team, {{phone}}',
          ],
        },
        {
          by: 'writer',
          message: 'Shorter; the way to pay comes first',
          content: [
            '# A short reminder: invoice {{number}}',
            '',
            'Dear {{name}},',
            '',
            'invoice {{number}} of {{date}} over **{{amount}}** is still open. You can pay it here: {{paymentLink}}',
            '',
            'Already paid? Then everything is settled and you need do nothing.',
            '',
            'Kind regards',
            'Your billing team, {{phone}}',
          ],
        },
      ],
    },
    {
      path: 'letters/2-second-reminder.md',
      revisions: [
        {
          by: 'writer',
          message: 'First draft',
          content: [
            '# Second reminder: invoice {{number}}',
            '',
            'Dear {{name}},',
            '',
            'we wrote to you on {{firstReminder}} about invoice {{number}} over {{amount}}.',
            '',
            'From {{feeDate}} on we have to add [[fee]] €.',
            '',
            'Kind regards',
            'Your billing team, {{phone}}',
          ],
        },
        {
          by: 'writer',
          message: 'Remarks of Legal',
          content: [
            '# Second reminder: invoice {{number}}',
            '',
            'Dear {{name}},',
            '',
            'we wrote to you on {{firstReminder}} about invoice {{number}} of {{date}} over **{{amount}}**. You can pay it here: {{paymentLink}}',
            '',
            'From {{feeDate}} on a fee of [[fee]] € is added (section 7 of our terms).',
            '',
            'Kind regards',
            'Your billing team, {{phone}}',
          ],
        },
        {
          by: 'priya.nair',
          message: 'Offer instalments',
          content: [
            '# Second reminder: invoice {{number}}',
            '',
            'Dear {{name}},',
            '',
            'we wrote to you on {{firstReminder}} about invoice {{number}} of {{date}} over **{{amount}}**. You can pay it here: {{paymentLink}}',
            '',
            'From {{feeDate}} on a fee of [[fee]] € is added (section 7 of our terms). If that is difficult at present, call us: we can agree on instalments.',
            '',
            'Kind regards',
            'Your billing team, {{phone}}',
          ],
        },
      ],
    },
    {
      path: 'rules.csv',
      revisions: [
        {
          by: 'writer',
          message: 'As agreed with billing',
          content: [
            'days_overdue,letter,channel,fee',
            '7,1-reminder,email,no',
            '21,2-second-reminder,email and post,announced',
            '42,3-last-letter,post,yes',
          ],
        },
      ],
    },
  ],
};
