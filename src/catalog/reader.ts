/**
 * The workers' access to the catalog: queries by name, each on a state that includes everything published
 * before it.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { Position } from '../store/position.js';
import type { Calls } from './calls.js';
import type { CatalogReading } from './catalog-reading.js';
import type { Queries } from './queries.js';

/** By then a steward that hangs has been replaced. */
const WAIT_MS = 2_000;

type Values<K extends keyof Queries> = Parameters<Queries[K]>[1];

export class CatalogReader {
  /** @param onWait called when a query has to wait for the projector. */
  constructor(
    private readonly calls: Calls<Pick<CatalogReading, 'query'>>,
    private readonly onWait: () => void = () => undefined,
  ) {}

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
    try {
      return await this.ask(name, values, place, part, 0);
    } catch (error) {
      if (!(error instanceof TaskspaceError) || error.code !== 'catalog_behind') throw error;
    }
    this.onWait();
    return this.ask(name, values, place, part, WAIT_MS);
  }

  /** Queries the catalog as it is, without waiting. */
  async glance<K extends keyof Queries>(name: K, values: Values<K>): Promise<ReturnType<Queries[K]>> {
    return this.ask(name, values, null, 'rows', 0);
  }

  close(): Promise<void> {
    return this.calls.close();
  }

  private async ask<K extends keyof Queries>(
    name: K,
    values: Values<K>,
    place: Position | null,
    part: 'rows' | 'texts',
    waitMs: number,
  ): Promise<ReturnType<Queries[K]>> {
    const found = await this.calls.call('query', { name, values, place, part, waitMs });
    return found as ReturnType<Queries[K]>;
  }
}
