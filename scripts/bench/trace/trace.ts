/**
 * The fixed trace of workload C: who asks what, in which order, through which worker. It is the same on every
 * machine, for ever: rates of different versions may be compared. Kept as its seed; the digest proves that it
 * is still the same trace.
 */
import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../../demo/random.js';

export const PROJECTS = 1_000;
export const OWNERS = 100;
export const WORKERS = 4;
export const REQUESTS = 100_000;
export const SEED = 'workload-c';
/**
 * Of `encoded(makeTrace())`. Another one means another trace: then no figure may be compared with an older
 * one.
 */
export const SHA256 = '852be9336b01c3b61f93851fd9c936c57c0024737bce68b074302f036661a28d';

const QUERIES = 20;
const PROJECT_SKEW = 0.99;
const QUERY_SKEW = 1.1;

export const READ_KINDS = ['detail', 'dashboard', 'list', 'search'] as const;
export const WRITE_KINDS = ['metadata', 'plan', 'message', 'artifact'] as const;
export type ReadKind = (typeof READ_KINDS)[number];
export type WriteKind = (typeof WRITE_KINDS)[number];

/** Cumulated shares: one request in twenty writes. */
const READ_SHARES: readonly [ReadKind, number][] = [
  ['detail', 0.5],
  ['dashboard', 0.7],
  ['list', 0.9],
  ['search', 1],
];
const WRITE_SHARES: readonly [WriteKind, number][] = [
  ['metadata', 0.1],
  ['plan', 0.4],
  ['message', 0.75],
  ['artifact', 1],
];
const WRITES = 0.05;

export interface Request {
  readonly kind: ReadKind | WriteKind;
  readonly project: number;
  readonly owner: number;
  /** Which filter set of the owner (0–3), or which of his queries (0–19); 0 otherwise. */
  readonly variant: number;
  /** From 0. */
  readonly worker: number;
}

export function makeTrace(count = REQUESTS): Request[] {
  const random = createRandom(SEED);
  const projects = zipf(PROJECTS, PROJECT_SKEW);
  const queries = zipf(QUERIES, QUERY_SKEW);
  return Array.from({ length: count }, () => {
    const isWrite = random.next() < WRITES;
    const kind = isWrite ? chosen(random, WRITE_SHARES) : chosen(random, READ_SHARES);
    const project = rank(random, projects);
    const variant = kind === 'list' ? random.whole(0, 3) : kind === 'search' ? rank(random, queries) : 0;
    // Owners have as many popular projects as others.
    return { kind, project, owner: project % OWNERS, variant, worker: random.whole(0, WORKERS - 1) };
  });
}

/** A line each, short enough to be kept or hashed. */
export function encoded(trace: readonly Request[]): string {
  const lines = trace.map(
    ({ kind, project, variant, worker }) => `${KINDS.indexOf(kind)},${project},${variant},${worker}`,
  );
  return `${lines.join('\n')}\n`;
}

export function digestOf(trace: readonly Request[]): string {
  return createHash('sha256').update(encoded(trace)).digest('hex');
}

const KINDS: readonly string[] = [...READ_KINDS, ...WRITE_KINDS];

function chosen<T>(random: Random, shares: readonly (readonly [T, number])[]): T {
  const chance = random.next();
  const [first] = shares;
  const found = shares.find(([, share]) => chance < share) ?? first;
  if (!found) throw new Error('there is nothing to choose from');
  return found[0];
}

/**
 * Cumulated probabilities of ranks 1 to `count`: the n-th is asked for as often as n to the power of −`skew`
 * says.
 */
function zipf(count: number, skew: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1) ** skew;
    sums[n] = sum;
  }
  return sums.map((value) => value / sum);
}

function rank(random: Random, sums: Float64Array): number {
  const chance = random.next();
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 1) < chance) low = middle + 1;
    else high = middle;
  }
  return low;
}
