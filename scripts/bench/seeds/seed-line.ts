/** One line of workload B: how it is done, by either way, and what stands beside it. */
import type { Sampling } from '../sample.js';
import type { Floor } from './floors.js';
import type { Scene } from './scene.js';
import type { Way } from './way.js';

export interface SeedLine {
  readonly name: string;
  /** As others published it; empty: not measured by them. */
  readonly claim: string;
  /** The bar that they set themselves, in ms, for a hundred projects. */
  readonly targetMs: number | null;
  /** Where rounds are long, or have to differ. */
  readonly sampling?: Partial<Sampling>;
  begin(scene: Scene, way: Way): Promise<Begun>;
}

export interface Begun {
  call(round: number): unknown;
  /** Not timed. */
  prepare?: ((round: number) => unknown) | undefined;
  readonly floor: Floor;
}

/** For what takes long: as few rounds as say anything. */
export const LONG: Partial<Sampling> = { warmUp: 1, roundsMin: 5, roundsMax: 8 };

/** `work` for each, so many at a time. */
export async function each<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => unknown,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

export function bytesOf(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('body' in body)) return 0;
  return Buffer.isBuffer(body.body) ? body.body.length : 0;
}
