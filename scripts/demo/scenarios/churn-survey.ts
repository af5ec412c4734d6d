/** A study: answers of a survey, figures computed from them, a report that names what they do not show. */
import type { ScenarioTemplate } from '../scenario.js';

export const churnSurvey: ScenarioTemplate = {
  slug: 'churn-survey-q3',
  name: 'Why customers left in the third quarter',
  description: 'Evaluation of the exit survey, with a short report for the product meeting on Thursday.',
  owner: 'priya.nair',
  status: 'active',
  tags: ['research', 'customers', 'q3'],
  goal: 'A report of two pages that says which three reasons count most, how sure we are, and what to try first.',
  tasks: [
    {
      id: 'export',
      name: 'Export the answers without names',
      agent: 'analyst',
      status: 'completed',
      result: { rows: 60 },
    },
    {
      id: 'code',
      name: 'Assign free texts to reasons',
      agent: 'researcher',
      status: 'completed',
      dependencies: ['export'],
      result: { unclear: '[[unclear]]' },
    },
    {
      id: 'figures',
      name: 'Count, and compare early and late leavers',
      agent: 'analyst',
      status: 'completed',
      dependencies: ['code'],
      result: { top: '[[top]]', early: '[[early]]' },
    },
    {
      id: 'calls',
      name: 'Call five of those who left within six months',
      agent: 'priya.nair',
      status: 'in_progress',
      dependencies: ['figures'],
    },
    {
      id: 'report',
      name: 'Write the report',
      agent: 'writer',
      status: 'in_progress',
      dependencies: ['figures'],
    },
    {
      id: 'slides',
      name: 'Three slides for the product meeting',
      agent: 'writer',
      status: 'pending',
      dependencies: ['report', 'calls'],
    },
  ],
  messages: [
    {
      from: 'priya.nair',
      role: 'user',
      content: 'We have 60 answers. That is not much, so please no percentages with decimals.',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        'Exported 60 rows to data/answers.csv, ids only. [[early]] of them left within their first six months.',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        'I read every free text twice and assigned one main reason to each. Where two reasons were named I took the first.',
      conversation: 'method',
    },
    {
      from: 'tobias.ek',
      role: 'user',
      content: 'Could "too expensive" be what people say when they do not want to explain?',
      conversation: 'method',
    },
    {
      from: 'researcher',
      role: 'assistant',
      content:
        'Yes, that is a known weakness of exit surveys. I say so in the report, and it is why the calls matter.',
      conversation: 'method',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        'Most named: "[[top]]" ([[most]] of 60). The differences between the next three are too small to rank them.',
    },
    {
      from: 'writer',
      role: 'assistant',
      content:
        'First version of the report is there. I left the paragraph on early leavers open until the calls are done.',
    },
  ],
  artifacts: [
    {
      path: 'data/answers.csv',
      revisions: [{ by: 'analyst', message: 'Export of 2 October', content: '[[answers]]' }],
    },
    {
      path: 'figures/reasons.png',
      revisions: [
        {
          by: 'analyst',
          message:
            'Bars in this order: too expensive, missing feature, moved to competitor, no longer needed, bad support',
          content: '[[chart]]',
        },
      ],
    },
    {
      path: 'report.md',
      revisions: [
        {
          by: 'writer',
          message: 'Outline',
          content: [
            '# Why customers left, third quarter',
            '',
            '1. What we asked',
            '2. What they said',
            '3. What we do not know',
            '4. What to try first',
          ],
        },
        {
          by: 'writer',
          message: 'Figures filled in',
          content: [
            '# Why customers left, third quarter',
            '',
            '## What they said',
            '',
            '| reason | answers |',
            '|---|---|',
            '[[counts]]',
            '',
            '## What we do not know',
            '',
            '"Too expensive" is also what people say who do not want to explain. Five calls are under way.',
            '',
            '## Early leavers',
            '',
            '[[early]] of 60 left within six months. *To be completed after the calls.*',
          ],
        },
      ],
    },
    {
      path: 'calls/guide.md',
      revisions: [
        {
          by: 'researcher',
          message: 'Questions for the calls',
          content: [
            '# Guide for the calls (15 minutes)',
            '',
            '1. What did you want to get done when you signed up?',
            '2. Tell me about the last time you used it.',
            '3. What do you use now?',
            '',
            'Do not defend the product. Do not offer a discount.',
          ],
        },
      ],
    },
  ],
};
