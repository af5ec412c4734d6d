/** What is asked of lists, search, dashboards and stats: no two alike, so that no answer is a cached one. */
import { AGENTS, CODE_NAMES, NOUNS, PLACES, PRODUCTS, SUBJECTS } from '../../demo/crowd/words.js';
import { createRandom, type Random } from '../../demo/random.js';

export interface Question {
  readonly name: string;
  readonly bar: { readonly p50Ms: number; readonly p99Ms?: number };
  /** Endless. @param owners all that there are. */
  targets(random: Random, owners: readonly string[]): Generator<string>;
}

const STATUSES = ['active', 'completed', 'draft', 'archived', 'failed'] as const;
const SORTS = ['updatedAt', 'createdAt', 'name', 'id'] as const;
const LIMITS = [50, 51, 52, 53, 54, 55, 56, 57] as const;

export const QUESTIONS: readonly Question[] = [
  {
    name: 'list page: a filter, a sort, 50 rows',
    bar: { p50Ms: 2 },
    *targets(random, owners) {
      for (;;) {
        const filter = random.pick([
          `status=${random.pick(STATUSES)}`,
          `owner=${random.pick(some(owners))}`,
          `tag=${random.pick(random.pick(SUBJECTS).tags as [string])}`,
          `status=active,draft&tag=urgent`,
          '',
        ]);
        const order = random.pick(['asc', 'desc']);
        yield `/api/taskspaces?sort=${random.pick(SORTS)}&order=${order}&limit=${random.pick(LIMITS)}&${filter}`;
      }
    },
  },
  {
    name: 'list page with include=summary',
    bar: { p50Ms: 2 },
    *targets(random, owners) {
      for (;;)
        yield `/api/taskspaces?include=summary&owner=${random.pick(some(owners))}&sort=${random.pick(SORTS)}`;
    },
  },
  {
    name: 'list page by words of the name (q)',
    bar: { p50Ms: 2 },
    *targets(random) {
      for (;;) {
        const words = [random.pick(PLACES), random.pick(PRODUCTS), random.pick(SUBJECTS).slug.split('-')[0]];
        yield `/api/taskspaces?limit=${random.pick(LIMITS)}&q=${encodeURIComponent(random.pick(words as [string]))}`;
      }
    },
  },
  {
    name: 'artifacts that are out of date',
    bar: { p50Ms: 2 },
    *targets(random, owners) {
      for (;;) {
        const type = random.pick(['skill', 'command', 'agent']);
        const filter = random.pick([
          `&type=${type}`,
          `&owner=${random.pick(some(owners))}`,
          '&modified=true',
        ]);
        yield `/api/artifacts?outdated=true&limit=${random.pick(LIMITS)}${filter}`;
      }
    },
  },
  {
    name: 'search: one word, two, a phrase, a prefix',
    bar: { p50Ms: 10, p99Ms: 50 },
    *targets(random, owners) {
      for (;;) {
        const word = random.pick([random.pick(NOUNS), random.pick(CODE_NAMES), random.pick(AGENTS)]);
        const q = random.pick([
          word,
          `${word} ${random.pick(NOUNS)}`,
          `"${random.pick(CODE_NAMES)}" ${random.whole(2, 980)}`,
          `${word.slice(0, 4)}*`,
        ]);
        const filter = random.pick(['', '', `&owner=${random.pick(some(owners))}`, '&type=artifact']);
        yield `/api/search?limit=${random.whole(20, 50)}&q=${encodeURIComponent(q)}${filter}`;
      }
    },
  },
  {
    name: 'search: beginnings of one to three letters, with filters',
    bar: { p50Ms: 10, p99Ms: 50 },
    *targets(random, owners) {
      for (;;) {
        const beginning = `${random.pick(NOUNS).slice(0, random.whole(1, 3))}*`;
        const q = random.pick([beginning, `${random.pick(NOUNS)} ${beginning}`]);
        const owner = `&owner=${random.pick(some(owners))}`;
        const filter = random.pick(['', '&type=message', owner, `${owner}&type=task,artifact`]);
        yield `/api/search?limit=${random.whole(20, 99)}&q=${encodeURIComponent(q)}${filter}`;
      }
    },
  },
  {
    name: 'dashboard of an owner',
    bar: { p50Ms: 20 },
    *targets(random, owners) {
      for (;;) yield `/api/dashboard?owner=${random.pick(some(owners))}`;
    },
  },
  {
    name: 'stats of an owner',
    bar: { p50Ms: 20 },
    *targets(random, owners) {
      for (;;) yield `/api/stats?days=${random.whole(1, 366)}&owner=${random.pick(some(owners))}`;
    },
  },
];

/** Each of them once only. Ends when hardly anything new comes. */
export function distinct(question: Question, count: number, owners: readonly string[]): string[] {
  const found = new Set<string>();
  const random = createRandom(`catalog/${question.name}`);
  let tries = 0;
  for (const target of question.targets(random, owners)) {
    found.add(target);
    if (found.size === count || ++tries > 20 * count) break;
  }
  return [...found];
}

function some(owners: readonly string[]): readonly [string, ...string[]] {
  const [first = 'nobody', ...others] = owners;
  return [first, ...others];
}
