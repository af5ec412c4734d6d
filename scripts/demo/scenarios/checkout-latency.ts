/** Performance work under way: a measured cause, a patch in review, a chart. */
import type { ScenarioTemplate } from '../scenario.js';

export const checkoutLatency: ScenarioTemplate = {
  slug: 'checkout-latency',
  name: 'Checkout: p95 below 400 ms',
  description:
    'Since the price rules moved into their own table, the checkout page answers slowly for carts with many lines. Find out why, repair it, and show by numbers that it holds.',
  owner: 'mara.lindqvist',
  status: 'active',
  tags: ['performance', 'shop', 'q4'],
  goal: 'The 95th percentile of POST /checkout stays below 400 ms for seven days at normal traffic.',
  tasks: [
    {
      id: 'measure',
      name: 'Measure p50 and p95 for the last two weeks',
      agent: 'analyst',
      status: 'completed',
      result: { worstP95Ms: '[[worst]]', file: 'measurements/before.csv' },
    },
    {
      id: 'profile',
      name: 'Profile one slow request on staging',
      agent: 'profiler',
      status: 'completed',
      dependencies: ['measure'],
      result: { queriesPerRequest: '[[queries]]', cause: 'one query per cart line in PriceRules.forLine' },
    },
    {
      id: 'batch-rules',
      name: 'Load price rules for the whole cart in one query',
      agent: 'coder',
      status: 'completed',
      dependencies: ['profile'],
      result: { patch: 'changes/batch-price-rules.patch', testsAdded: 4 },
    },
    {
      id: 'review',
      name: 'Review the patch',
      goal: 'Look above all at carts with the same article twice and at rules that end at midnight.',
      agent: 'reviewer',
      status: 'in_progress',
      dependencies: ['batch-rules'],
    },
    { id: 'canary', name: 'Roll out to 5 % of traffic', status: 'pending', dependencies: ['review'] },
    {
      id: 'cache-rules',
      name: 'Cache price rules in the application',
      goal: 'Not needed if one query is fast enough.',
      status: 'cancelled',
      dependencies: ['profile'],
    },
    {
      id: 'confirm',
      name: 'Compare seven days after the rollout with the baseline',
      agent: 'analyst',
      status: 'pending',
      dependencies: ['canary'],
    },
  ],
  messages: [
    {
      from: 'mara.lindqvist',
      role: 'user',
      content:
        'Support has had eleven tickets this week about a spinning "Pay now" button. Please start with numbers, not with guesses.',
    },
    {
      from: 'analyst',
      role: 'assistant',
      content:
        'p95 has crept up for two weeks; the worst day was [[worst]] ms. p50 is flat at about 180 ms, so it is a tail problem. Table in measurements/before.csv, chart beside it.',
    },
    {
      from: 'profiler',
      role: 'assistant',
      content: 'I will replay a cart with 40 lines on staging and trace the queries.',
      conversation: 'profiling',
    },
    {
      from: 'profiler',
      role: 'tool',
      content: [
        'POST /checkout  812 ms',
        '  [[queries]] × SELECT … FROM price_rules WHERE article_id = $1   [[queriesMs]] ms',
        '  1 × SELECT … FROM carts                                      4 ms',
        '  1 × INSERT INTO orders                                       9 ms',
      ],
      conversation: 'profiling',
    },
    {
      from: 'profiler',
      role: 'assistant',
      content:
        'Found it: one query for each cart line ([[queries]] of them), each about 15 ms over the network. Small carts never notice.',
      conversation: 'profiling',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'Patch is up: PriceRules.forCart takes all article ids and makes one query. The slow cart goes from 812 to [[afterMs]] ms on staging.',
    },
    {
      from: 'tobias.ek',
      role: 'user',
      content:
        'Nice. Careful with rules whose validity ends at midnight: the old code asked for the time once per line.',
      to: 'coder',
    },
    {
      from: 'coder',
      role: 'assistant',
      content:
        'Good catch. The new code takes the time once per cart, so all lines agree. I have added a test that runs at 23:59:59.',
    },
    {
      from: 'reviewer',
      role: 'assistant',
      content:
        'Reading it now. One question: what happens with a cart that has the same article twice, once as a gift?',
      to: 'coder',
    },
  ],
  artifacts: [
    {
      path: 'measurements/before.csv',
      revisions: [
        {
          by: 'analyst',
          message: 'Two weeks from the access log',
          content: '[[days]]',
          metadata: { type: 'measurement' },
        },
      ],
    },
    {
      path: 'measurements/p95.png',
      revisions: [{ by: 'analyst', message: 'p95 by day', content: '[[chart]]' }],
    },
    {
      path: 'changes/batch-price-rules.patch',
      revisions: [
        {
          by: 'coder',
          message: 'One query per cart',
          content: [
            '--- a/src/pricing/price-rules.ts',
            '+++ b/src/pricing/price-rules.ts',
            '@@ -21,9 +21,14 @@ export class PriceRules {',
            '-  async forLine(line: CartLine): Promise<Rule[]> {',
            '-    return this.db.query(`SELECT * FROM price_rules WHERE article_id = $1`, [line.articleId]);',
            '-  }',
            '+  async forCart(cart: Cart): Promise<Map<string, Rule[]>> {',
            '+    const ids = [...new Set(cart.lines.map((line) => line.articleId))];',
            '+    const now = clock.now();',
            '+    const rows = await this.db.query(',
            '+      `SELECT * FROM price_rules WHERE article_id = ANY($1) AND valid_until > $2`,',
            '+      [ids, now],',
            '+    );',
            '+    return groupBy(rows, (row) => row.articleId);',
            '+  }',
          ],
        },
        {
          by: 'coder',
          message: 'Take the time once per cart, as Tobias asked',
          content: [
            '--- a/src/pricing/price-rules.ts',
            '+++ b/src/pricing/price-rules.ts',
            '@@ -21,9 +21,14 @@ export class PriceRules {',
            '-  async forLine(line: CartLine): Promise<Rule[]> {',
            '-    return this.db.query(`SELECT * FROM price_rules WHERE article_id = $1`, [line.articleId]);',
            '-  }',
            '+  async forCart(cart: Cart): Promise<Map<string, Rule[]>> {',
            '+    const ids = [...new Set(cart.lines.map((line) => line.articleId))];',
            '+    const now = cart.openedAt ?? clock.now();',
            '+    const rows = await this.db.query(',
            '+      `SELECT * FROM price_rules WHERE article_id = ANY($1) AND valid_until > $2`,',
            '+      [ids, now],',
            '+    );',
            '+    return groupBy(rows, (row) => row.articleId);',
            '+  }',
          ],
        },
      ],
    },
    {
      path: 'findings.md',
      revisions: [
        {
          by: 'profiler',
          message: 'First trace',
          content: [
            '# Why checkout is slow',
            '',
            'A cart of 40 lines makes [[queries]] queries against `price_rules`.',
            '',
            '- [ ] confirm on production traces',
          ],
        },
        {
          by: 'profiler',
          message: 'Confirmed on production',
          content: [
            '# Why checkout is slow',
            '',
            'A cart of 40 lines makes [[queries]] queries against `price_rules`, about 15 ms each. Small carts do not notice.',
            '',
            '- [x] confirmed on three production traces',
            '',
            'With one query for the whole cart the same request takes [[afterMs]] ms.',
          ],
        },
      ],
    },
  ],
};
