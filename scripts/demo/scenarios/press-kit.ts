/**
 * Something finished long ago and kept: archived, with a drawing, a text in two languages, and little talk.
 */
import type { ScenarioTemplate } from '../scenario.js';

export const pressKit: ScenarioTemplate = {
  slug: 'press-kit-spring',
  name: 'Press kit for the spring opening',
  description: 'Texts and drawings for the opening of shop number [[shops]] in Lübeck.',
  owner: 'jonas.weber',
  status: 'archived',
  tags: ['press', 'writing'],
  goal: 'Everything a local paper needs, in German and English, two weeks before the opening.',
  tasks: [
    {
      id: 'facts',
      name: 'Collect and confirm the facts',
      agent: 'researcher',
      status: 'completed',
      result: { shops: '[[shops]]', opening: '2026-04-18' },
    },
    { id: 'german', name: 'German text', agent: 'writer', status: 'completed', dependencies: ['facts'] },
    {
      id: 'english',
      name: 'English text',
      agent: 'translator',
      status: 'completed',
      dependencies: ['german'],
    },
    { id: 'logo', name: 'Logo in one colour', agent: 'jonas.weber', status: 'completed' },
    {
      id: 'photos',
      name: 'Photos of the shop',
      agent: 'jonas.weber',
      status: 'cancelled',
      goal: 'The shop front was still behind scaffolding.',
    },
  ],
  messages: [
    {
      from: 'jonas.weber',
      role: 'user',
      content: 'Please no superlatives. The paper prints what is true and short.',
    },
    {
      from: 'writer',
      role: 'assistant',
      content:
        'Deutscher Text steht: 148 Wörter, das Datum im ersten Satz, ein Zitat von Jonas zur Freigabe.',
    },
    {
      from: 'jonas.weber',
      role: 'user',
      content: 'Freigegeben. „Wir freuen uns auf Lübeck“ genügt als Zitat.',
    },
    {
      from: 'translator',
      role: 'assistant',
      content:
        'English version done. I kept the umlaut in Lübeck and explained "Marzipan" nowhere, since nobody needs it explained.',
    },
  ],
  artifacts: [
    {
      path: 'texts/opening.de.md',
      revisions: [
        {
          by: 'writer',
          message: 'Entwurf',
          content: [
            '# Neuer Laden in Lübeck',
            '',
            'Am 18. April 2026 öffnet in der Hüxstraße unser [[shops]]. Laden.',
            '',
            '> (Zitat folgt)',
          ],
        },
        {
          by: 'writer',
          message: 'Zitat eingesetzt',
          content: [
            '# Neuer Laden in Lübeck',
            '',
            'Am 18. April 2026 öffnet in der Hüxstraße unser [[shops]]. Laden. Er bietet auf 120 m² dasselbe Sortiment wie die anderen und beschäftigt sieben Menschen.',
            '',
            '> „Wir freuen uns auf Lübeck“, sagt Jonas Weber.',
          ],
        },
      ],
    },
    {
      path: 'texts/opening.en.md',
      revisions: [
        {
          by: 'translator',
          message: 'From the approved German text',
          content: [
            '# A new shop in Lübeck',
            '',
            'Our shop number [[shops]] opens on 18 April 2026 in Hüxstraße. On 120 m² it offers what the others offer, and it employs seven people.',
            '',
            '> "We look forward to Lübeck", says Jonas Weber.',
          ],
        },
      ],
    },
    {
      path: 'logo.svg',
      revisions: [
        {
          by: 'jonas.weber',
          message: 'One colour, for newspapers',
          content: [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">',
            '  <path d="M8 32 L24 8 L40 32 Z" fill="none" stroke="[[colour]]" stroke-width="4"/>',
            '  <text x="50" y="28" font-family="sans-serif" font-size="20" fill="[[colour]]">Linnea</text>',
            '</svg>',
          ],
        },
      ],
    },
  ],
};
