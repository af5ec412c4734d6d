/**
 * The workers' access to the catalog: queries by name, each on a state that includes everything published
 * before it.
 */
import type { Position } from '../store/position.js';
import type { Calls } from './calls.js';
import type { CatalogReading } from './catalog-reading.js';
import type { Queries } from './queries.js';

/** By then a steward that hangs has been replaced. */
const WAIT_MS = 2_000;

type Values<K extends keyof Queries> = Parameters<Queries[K]>[1];

export class CatalogReader {
  constructor(private readonly calls: Calls<Pick<CatalogReading, 'query'>>) {}

  /**
   * @param place the place of a poll made when the question came: everything published before it is in the
   * answer.
   * @param part what the query rests on: `texts` waits for the texts too.
   * Errors: 503 `catalog_behind` after 2 s, `catalog_unavailable`, `overloaded`.
   */
  async query<K extends keyof Queries>(
    name: K,
    values: Values<K>,
    place: Position,
    part: 'rows' | 'texts' = 'rows',
  ): Promise<ReturnType<Queries[K]>> {
    return this.ask(name, values, place, part);
  }

  /** Queries the catalog as it is, without waiting. */
  async glance<K extends keyof Queries>(name: K, values: Values<K>): Promise<ReturnType<Queries[K]>> {
    return this.ask(name, values, null, 'rows');
  }

  close(): Promise<void> {
    return this.calls.close();
  }

  private async ask<K extends keyof Queries>(
    name: K,
    values: Values<K>,
    place: Position | null,
    part: 'rows' | 'texts',
  ): Promise<ReturnType<Queries[K]>> {
    const waitMs = place ? WAIT_MS : 0;
    const found = await this.calls.call('query', { name, values, place, part, waitMs });
    return found as ReturnType<Queries[K]>;
  }
}
