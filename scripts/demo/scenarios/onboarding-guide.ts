/** A draft that waits for its people: an outline, open questions, hardly any messages. */
import type { ScenarioTemplate } from '../scenario.js';

export const onboardingGuide: ScenarioTemplate = {
  slug: 'onboarding-guide',
  name: 'Guide for the first two weeks',
  description: 'What a new colleague needs in the first two weeks, in one place instead of five.',
  owner: 'jonas.weber',
  status: 'draft',
  tags: ['people', 'writing'],
  goal: 'A guide that the two people who start in week [[week]] can use on their own.',
  tasks: [
    {
      id: 'ask',
      name: 'Ask the last three starters what they missed',
      agent: 'jonas.weber',
      status: 'pending',
    },
    { id: 'outline', name: 'Outline', agent: 'writer', status: 'completed' },
    {
      id: 'accounts',
      name: 'Checklist of accounts and who grants them',
      agent: 'ops-bot',
      status: 'pending',
      dependencies: ['outline'],
    },
    {
      id: 'text',
      name: 'Write the guide',
      agent: 'writer',
      status: 'pending',
      dependencies: ['ask', 'outline'],
    },
    {
      id: 'trial',
      name: 'Have somebody follow it to the letter',
      status: 'pending',
      dependencies: ['text', 'accounts'],
    },
  ],
  messages: [
    {
      from: 'jonas.weber',
      role: 'user',
      content:
        'Two people start in week [[week]]. Everything they need is written down somewhere, but in five places that contradict each other.',
    },
    {
      from: 'writer',
      role: 'assistant',
      content:
        'I have put an outline into guide.md with the questions that I cannot answer. Who knows how access to the payroll system is asked for?',
    },
    {
      from: 'jonas.weber',
      role: 'user',
      content: 'I do not know either. That alone shows why we need this.',
    },
  ],
  artifacts: [
    {
      path: 'guide.md',
      revisions: [
        {
          by: 'writer',
          message: 'Outline with open questions',
          content: [
            '# Your first two weeks',
            '',
            '## Day 1',
            '- Laptop, badge, lunch with your team',
            '- Accounts: see accounts.md',
            '',
            '## Week 1',
            '- Read: how we decide (2 pages)',
            '- Pair with somebody on one small change, and see it go live',
            '',
            '## Week 2',
            '- Take one support shift beside a colleague',
            '',
            '## Open questions',
            '- How is access to payroll asked for?',
            '- Who shows the warehouse?',
          ],
        },
      ],
    },
    {
      path: 'sources.md',
      revisions: [
        {
          by: 'writer',
          message: 'Where the five texts are',
          content: [
            '| text | age | still right? |',
            '|---|---|---|',
            '| Wiki: Welcome | 3 years | half |',
            '| PDF of HR | 1 year | yes, but long |',
            '| README of the platform team | 2 months | yes |',
            '| Slides of the all-hands | 2 years | no |',
            '| Note by Mara | 6 months | yes |',
          ],
        },
      ],
    },
  ],
};
