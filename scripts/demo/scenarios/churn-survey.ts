/** A study: answers of a survey, figures computed from them, a report that names what they do not show. */
import { barChart } from '../bar-chart.js';
import { agent, csv, lines, type MakeScenario, person } from '../scenario.js';

const REASONS = [
  'too expensive',
  'missing feature',
  'moved to competitor',
  'no longer needed',
  'bad support',
] as const;

export const churnSurvey: MakeScenario = (random) => {
  const answers = Array.from({ length: 60 }, (_, i) => ({
    id: 1001 + i,
    months: random.whole(2, 38),
    reason: random.pick([...REASONS, 'too expensive', 'missing feature'] as const),
    score: random.whole(1, 9),
  }));
  const counts = REASONS.map((reason) => answers.filter((answer) => answer.reason === reason).length);
  const top = REASONS[counts.indexOf(Math.max(...counts))] ?? REASONS[0];
  const early = answers.filter(({ months }) => months <= 6).length;
  return {
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
        result: { rows: answers.length },
      },
      {
        id: 'code',
        name: 'Assign free texts to reasons',
        agent: 'researcher',
        status: 'completed',
        dependencies: ['export'],
        result: { unclear: random.whole(2, 5) },
      },
      {
        id: 'figures',
        name: 'Count, and compare early and late leavers',
        agent: 'analyst',
        status: 'completed',
        dependencies: ['code'],
        result: { top, early },
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
      person('priya.nair', 'We have 60 answers. That is not much, so please no percentages with decimals.'),
      agent(
        'analyst',
        `Exported 60 rows to data/answers.csv, ids only. ${early} of them left within their first six months.`,
      ),
      agent(
        'researcher',
        'I read every free text twice and assigned one main reason to each. Where two reasons were named I took the first.',
        { conversation: 'method' },
      ),
      person('tobias.ek', 'Could "too expensive" be what people say when they do not want to explain?', {
        conversation: 'method',
      }),
      agent(
        'researcher',
        'Yes, that is a known weakness of exit surveys. I say so in the report, and it is why the calls matter.',
        { conversation: 'method' },
      ),
      agent(
        'analyst',
        `Most named: "${top}" (${Math.max(...counts)} of 60). The differences between the next three are too small to rank them.`,
      ),
      agent(
        'writer',
        'First version of the report is there. I left the paragraph on early leavers open until the calls are done.',
      ),
    ],
    artifacts: [
      {
        path: 'data/answers.csv',
        revisions: [
          {
            by: 'analyst',
            message: 'Export of 2 October',
            content: csv(
              ['id', 'months_as_customer', 'reason', 'score'],
              answers.map(({ id, months, reason, score }) => [id, months, reason, score]),
            ),
          },
        ],
      },
      {
        path: 'figures/reasons.png',
        revisions: [
          {
            by: 'analyst',
            message: `Bars in this order: ${REASONS.join(', ')}`,
            content: barChart(counts, [70, 110, 160]),
          },
        ],
      },
      {
        path: 'report.md',
        revisions: [
          {
            by: 'writer',
            message: 'Outline',
            content: lines(
              '# Why customers left, third quarter',
              '',
              '1. What we asked',
              '2. What they said',
              '3. What we do not know',
              '4. What to try first',
            ),
          },
          {
            by: 'writer',
            message: 'Figures filled in',
            content: lines(
              '# Why customers left, third quarter',
              '',
              '## What they said',
              '',
              '| reason | answers |',
              '|---|---|',
              ...REASONS.map((reason, i) => `| ${reason} | ${counts[i] ?? 0} |`),
              '',
              '## What we do not know',
              '',
              '"Too expensive" is also what people say who do not want to explain. Five calls are under way.',
              '',
              `## Early leavers`,
              '',
              `${early} of 60 left within six months. *To be completed after the calls.*`,
            ),
          },
        ],
      },
      {
        path: 'calls/guide.md',
        revisions: [
          {
            by: 'researcher',
            message: 'Questions for the calls',
            content: lines(
              '# Guide for the calls (15 minutes)',
              '',
              '1. What did you want to get done when you signed up?',
              '2. Tell me about the last time you used it.',
              '3. What do you use now?',
              '',
              'Do not defend the product. Do not offer a discount.',
            ),
          },
        ],
      },
    ],
  };
};
