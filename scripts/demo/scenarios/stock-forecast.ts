/**
 * Analysis with code: data, a script in revisions, parameters, a chart, and numbers that follow from the
 * data.
 */
import type { ScenarioTemplate } from '../scenario.js';

export const stockForecast: ScenarioTemplate = {
  slug: 'stock-forecast',
  name: 'Forecast of wool blankets for the winter',
  description:
    'How many blankets to order for December and January, with a model simple enough to be explained at the order desk.',
  owner: 'mara.lindqvist',
  status: 'active',
  tags: ['analysis', 'warehouse', 'python'],
  goal: 'A weekly forecast whose error stays below 15 %, and an order that is sent by 24 November.',
  tasks: [
    {
      id: 'data',
      name: 'Sales by week, cleaned of the returns',
      agent: 'analyst',
      status: 'completed',
      result: { weeks: 16 },
    },
    {
      id: 'baseline',
      name: 'Baseline: same as last week',
      agent: 'analyst',
      status: 'completed',
      dependencies: ['data'],
      result: { errorPercent: '[[naive]]' },
    },
    {
      id: 'model',
      name: 'Moving average with a winter factor',
      agent: 'coder',
      status: 'completed',
      dependencies: ['baseline'],
      result: { errorPercent: '[[error]]' },
    },
    {
      id: 'explain',
      name: 'One page for the order desk',
      agent: 'writer',
      status: 'in_progress',
      dependencies: ['model'],
    },
    {
      id: 'order',
      name: 'Send the order',
      agent: 'mara.lindqvist',
      status: 'pending',
      dependencies: ['explain'],
    },
    {
      id: 'watch',
      name: 'Compare with real sales every Monday',
      agent: 'ops-bot',
      status: 'pending',
      dependencies: ['order'],
    },
  ],
  messages: [
    {
      from: 'mara.lindqvist',
      role: 'user',
      content: 'Last year we ran out on 12 December and had 400 left in March. Both were expensive.',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        '16 weeks of sales are in data/sales.csv. Week 31 looked odd: 90 blankets were returned and sold again, which I count once.',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        'The baseline "same as last week" is wrong by [[naive]] % on average. Anything we build has to beat that.',
    },
    {
      from: 'coder',
      role: 'tool',
      content: [
        '$ python model.py data/sales.csv',
        'mean absolute percentage error  [[error]] %',
        'forecast for the next week       [[forecast]]',
      ],
      conversation: 'model',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'A moving average over four weeks with a winter factor: [[error]] %. I tried two cleverer models; they win by less than one point and nobody could explain them.',
      conversation: 'model',
    },
    {
      from: 'mara.lindqvist',
      role: 'user',
      content: 'Simple it is. Where does the winter factor come from?',
      conversation: 'model',
      to: 'coder',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'From the last three winters, in parameters.json. You can change it there without touching the code.',
      conversation: 'model',
    },
  ],
  artifacts: [
    {
      path: 'data/sales.csv',
      revisions: [
        { by: 'analyst', message: 'Raw export', content: '[[rawSales]]' },
        { by: 'analyst', message: 'Week 31 without the returned ones', content: '[[sales]]' },
      ],
    },
    {
      path: 'model.py',
      revisions: [
        {
          by: 'coder',
          message: 'Moving average',
          content: [
            'import csv',
            'import json',
            'import sys',
            '',
            'WINDOW = 4',
            '',
            'sold = [int(row["sold"]) for row in csv.DictReader(open(sys.argv[1]))]',
            '',
            '',
            'def forecast(history):',
            '    return sum(history[-WINDOW:]) / WINDOW',
            '',
            '',
            'errors = [',
            '    abs(forecast(sold[:i]) - sold[i]) / sold[i] for i in range(WINDOW, len(sold))',
            ']',
            'print(f"mean absolute percentage error  {100 * sum(errors) / len(errors):.0f} %")',
            'print(f"forecast for the next week       {forecast(sold):.0f}")',
          ],
        },
        {
          by: 'coder',
          message: 'Winter factor from parameters.json',
          content: [
            'import csv',
            'import json',
            'import sys',
            '',
            'WINDOW = 4',
            'factor = json.load(open("parameters.json"))["winterFactor"]',
            '',
            'sold = [int(row["sold"]) for row in csv.DictReader(open(sys.argv[1]))]',
            '',
            '',
            'def forecast(history):',
            '    return sum(history[-WINDOW:]) / WINDOW * factor',
            '',
            '',
            'errors = [',
            '    abs(forecast(sold[:i]) - sold[i]) / sold[i] for i in range(WINDOW, len(sold))',
            ']',
            'print(f"mean absolute percentage error  {100 * sum(errors) / len(errors):.0f} %")',
            'print(f"forecast for the next week       {forecast(sold):.0f}")',
          ],
        },
      ],
    },
    {
      path: 'parameters.json',
      revisions: [
        {
          by: 'coder',
          message: 'From the last three winters',
          content: [
            '{',
            '  "window": 4,',
            '  "winterFactor": [[winterFactor]],',
            '  "from": "2026-11-23",',
            '  "until": "2027-01-31"',
            '}',
          ],
        },
      ],
    },
    {
      path: 'figures/sales.png',
      revisions: [{ by: 'analyst', message: 'Blankets sold by week', content: '[[chart]]' }],
    },
  ],
};
