/** Suggests a route for a path that is none. */
import { nearestName } from '../config/nearest-name.js';

/** Longer paths are not compared. */
const PATH_LENGTH_MAX = 512;
/** Leading parts that are often left out. */
const FRONTS: readonly (readonly string[])[] = [[], ['api'], ['api', 'taskspaces']];

/**
 * A path like the one that was sent, with its wrong words corrected; else the template of a route that ends
 * with its last word; undefined when there is neither.
 * @param templates in the form of endpoints: `/api/taskspaces/:id/artifacts/*path`.
 */
export function nearestRoute(path: string, templates: readonly string[]): string | undefined {
  if (path.length > PATH_LENGTH_MAX) return undefined;
  const sent = path.split('/').filter((part) => part !== '');
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const front of FRONTS) {
    for (const template of templates) {
      const found = fitted([...front, ...sent], partsOf(template), front.length);
      if (found === undefined || found.changes >= least) continue;
      nearest = found.path;
      least = found.changes;
    }
    if (nearest !== undefined) return nearest;
  }
  return byLastWord(sent.at(-1) ?? '', templates);
}

/**
 * @param added how many leading parts were not sent. One of the others must match a word: a parameter
 *   matches anything.
 */
function fitted(
  sent: readonly string[],
  parts: readonly string[],
  added: number,
): { path: string; changes: number } | undefined {
  const open = parts.at(-1)?.startsWith('*') === true;
  if (open ? sent.length < parts.length : sent.length !== parts.length) return undefined;
  let changes = 0;
  let words = 0;
  const made = sent.map((part, i) => {
    const word = parts[i];
    if (word === undefined || isParameter(word)) return part;
    if (nearestName(part, [word]) === undefined) return undefined;
    if (part !== word) changes++;
    if (i >= added) words++;
    return word;
  });
  if (words === 0 || made.includes(undefined)) return undefined;
  return { path: `/${made.join('/')}`, changes };
}

function byLastWord(word: string, templates: readonly string[]): string | undefined {
  const endings = new Map<string, string>();
  for (const template of templates) {
    const last = partsOf(template).at(-1) ?? '';
    if (!isParameter(last) && !endings.has(last)) endings.set(last, template);
  }
  const nearest = nearestName(word, [...endings.keys()]);
  return nearest === undefined ? undefined : endings.get(nearest)?.replace(/:(\w+)/g, '<$1>');
}

function partsOf(template: string): string[] {
  return template.split('/').filter((part) => part !== '');
}

function isParameter(part: string): boolean {
  return part.startsWith(':') || part.startsWith('*');
}
