/** The configurations that are tried, and which faults each of them has to bear. */
import {
  ALL_FAULTS,
  type Fault,
  FEED_PASSES,
  REDIS_EMPTIED,
  REDIS_KILLED,
  REDIS_LIES,
  WORKERS_KILLED,
} from './faults.js';

export interface Configuration {
  readonly name: string;
  readonly workers: number;
  /** `absent`: the URL points at nothing until the faults begin. */
  readonly redis: 'none' | 'there' | 'absent';
  readonly bounded: boolean;
  /** Without L1 every change is read from a journal that is folded for it: pairs would take hours. */
  readonly pairs: boolean;
  /** The last worker is seldom asked. */
  readonly idle: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
}

/** Low, so that a look that is forgotten shows. */
export const STALENESS_MS_MAX = 300;

const STRICT = { bounded: false, env: {} };
const BOUNDED = {
  bounded: true,
  env: { CONSISTENCY: 'bounded', MAX_STALENESS_MS: String(STALENESS_MS_MAX) },
};
const NO_BUS = { BUS: 'none' };
const L2 = { ENABLE_REDIS_CACHE: 'true' };
const NO_L1 = { ENABLE_MEMORY_CACHE: 'false' };
/** Nothing ever listens there. */
const NO_REDIS = { ...L2, REDIS_URL: 'redis://127.0.0.1:1' };

function configuration(
  name: string,
  workers: number,
  redis: Configuration['redis'],
  { bounded, env }: typeof STRICT | typeof BOUNDED,
  more: Record<string, string> = {},
  faults: readonly Fault[] = ALL_FAULTS,
): Configuration {
  const possible = faults.filter(({ needsRedis }) => redis !== 'none' || !needsRedis);
  return {
    name: `${name}, ${workers} workers`,
    workers,
    redis,
    bounded,
    pairs: !bounded && redis !== 'absent' && more.ENABLE_MEMORY_CACHE !== 'false',
    idle: false,
    env: { ...env, ...more },
    faults: possible,
  };
}

/** With a worker that hardly anybody asks, which the feed leaves behind. */
function idle(
  name: string,
  workers: number,
  mode: typeof STRICT | typeof BOUNDED,
  more: Record<string, string>,
  faults: readonly Fault[] = [FEED_PASSES, ...ALL_FAULTS],
): Configuration {
  const whole = configuration(`${name}, one idle`, workers, 'none', mode, more, faults);
  return { ...whole, idle: true, pairs: false };
}

export const LONG: readonly Configuration[] = [
  configuration('strict, bus ipc', 2, 'none', STRICT),
  configuration('strict, bus ipc', 4, 'none', STRICT),
  configuration('strict, bus none', 2, 'none', STRICT, NO_BUS),
  configuration('strict, bus none', 4, 'none', STRICT, NO_BUS),
  configuration('strict, Redis bus and L2', 2, 'there', STRICT, L2),
  configuration('strict, Redis bus and L2', 4, 'there', STRICT, L2),
  configuration('strict, L2 without L1', 2, 'there', STRICT, { ...L2, ...NO_L1 }),
  configuration('strict, Redis absent at start', 2, 'absent', STRICT, L2),
  configuration('bounded, bus ipc', 2, 'none', BOUNDED),
  configuration('bounded, bus none', 4, 'none', BOUNDED, NO_BUS),
  configuration('bounded, Redis bus and L2', 2, 'there', BOUNDED, L2),
  configuration('bounded, Redis bus and L2', 4, 'there', BOUNDED, L2),
  idle('strict, bus none', 4, STRICT, NO_BUS),
  idle('strict, no Redis where it should be', 2, STRICT, NO_REDIS),
  idle('bounded, bus none', 2, BOUNDED, NO_BUS),
];

/** What `npm test` samples of it. */
export const SHORT: readonly Configuration[] = [
  configuration('strict, bus ipc', 2, 'none', STRICT),
  configuration('strict, Redis bus and L2', 4, 'there', STRICT, L2, [
    WORKERS_KILLED,
    REDIS_KILLED,
    REDIS_LIES,
  ]),
  configuration('bounded, bus none', 2, 'none', BOUNDED, NO_BUS, [WORKERS_KILLED]),
  idle('strict, no Redis where it should be', 2, STRICT, NO_REDIS, [FEED_PASSES]),
  configuration('bounded, Redis bus and L2', 2, 'there', BOUNDED, L2, [REDIS_EMPTIED, REDIS_KILLED]),
];
