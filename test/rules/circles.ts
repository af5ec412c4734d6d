/**
 * Files that import each other, over any number of others, by Tarjan's algorithm (Depth-first search and
 * linear graph algorithms, 1972). Imports of types count: two files that know each other's types can only be
 * read together.
 */
import { dirname, join } from 'node:path/posix';
import { importsOf, type Source } from './source.js';

/** @returns each circle as its files in the order of their names. */
export function circlesOf(sources: readonly Source[]): string[][] {
  const next = new Map(sources.map((source) => [source.path, targetsOf(source)]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];

  function visit(file: string): number {
    const number = order.size;
    order.set(file, number);
    lowest.set(file, number);
    path.push(file);
    for (const target of next.get(file) ?? []) {
      if (!next.has(target)) continue;
      const reached = order.has(target)
        ? path.includes(target)
          ? order.get(target)
          : undefined
        : visit(target);
      if (reached !== undefined) lowest.set(file, Math.min(lowest.get(file) ?? number, reached));
    }
    const low = lowest.get(file) ?? number;
    if (low === number) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1 || next.get(file)?.includes(file)) circles.push(circle.sort());
    }
    return low;
  }

  for (const { path: file } of sources) if (!order.has(file)) visit(file);
  return circles;
}

function targetsOf(source: Source): string[] {
  return importsOf(source)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => join(dirname(source.path), from).replace(/\.js$/, '.ts'));
}
