/**
 * How this program uses Redis: every relevant option of ioredis, set explicitly.
 *
 * A connection that is down refuses at once instead of queueing; one that is silent for too long is given up
 * and made again, with a growing, jittered delay, for ever. RESP2 is enough for the few commands in use, and
 * every Redis server knows it.
 */
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-url.js';

const CONNECT_MS = 2_000;
/** How long closing waits for the other side before the connection is destroyed. */
const DISCONNECT_MS = 200;
/** The last resort for what has no separate budget: greeting, subscribing. */
const COMMAND_MS = 1_000;
/** After a command, silence for this long means that the other host is gone, or stopped. */
const SILENCE_MS = 2_000;
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 2_000;
const REDIRECTIONS_MAX = 3;

const EVERY_CONNECTION = {
  protocol: 2,
  replyMapping: 'legacy',
  connectTimeout: CONNECT_MS,
  disconnectTimeout: DISCONNECT_MS,
  commandTimeout: COMMAND_MS,
  keepAlive: 10_000,
  noDelay: true,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableReadyCheck: true,
  maxLoadingRetryTime: 1_000,
  disableClientInfo: true,
} as const satisfies RedisOptions;

type Legacy = { replyMapping: 'legacy' };
type ServerOptions = RedisOptions & Legacy;
type NodeOptions = NonNullable<ClusterOptions['redisOptions']> & Legacy;

export type CommandOptions =
  | { readonly single: ServerOptions }
  | {
      readonly nodes: RedisTarget['nodes'];
      readonly cluster: ClusterOptions & { redisOptions: NodeOptions };
    };

/**
 * For connections that carry many commands of many callers at the same time. Each is written as it comes:
 * ioredis's automatic pipelines wait for a turn of the event loop and for each other, and halved what one
 * connection carried.
 */
export function commandOptions({ way, nodes }: RedisTarget): CommandOptions {
  const command = { ...EVERY_CONNECTION, ...way, socketTimeout: SILENCE_MS };
  if (nodes.length === 0) {
    const sentinel = { sentinelRetryStrategy: backoffMs, sentinelReconnectStrategy: backoffMs };
    const single = { enableOfflineQueue: false, enableAutoPipelining: false, retryStrategy: backoffMs };
    return { single: { ...command, ...sentinel, ...single } };
  }
  return {
    nodes,
    cluster: {
      enableOfflineQueue: false,
      enableAutoPipelining: false,
      clusterRetryStrategy: backoffMs,
      clusterNodeRetryStrategy: backoffMs,
      maxRedirections: REDIRECTIONS_MAX,
      // A call that meets a failover is a miss, not a wait.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 0,
      slotsRefreshTimeout: COMMAND_MS,
      redisOptions: command,
    },
  };
}

/**
 * For a connection that only listens. It is used once and never reconnects, so that the listener knows of
 * each loss. Every server of a cluster receives all messages, so one of them is enough.
 * @param attempt from 0: another server each time.
 */
export function listenOptions({ way, nodes }: RedisTarget, attempt: number): ServerOptions {
  const node = nodes.length > 0 ? nodes[attempt % nodes.length] : undefined;
  return {
    ...EVERY_CONNECTION,
    ...way,
    ...node,
    enableOfflineQueue: false,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
    lazyConnect: true,
  };
}

/** Milliseconds before the next attempt. @param attempt from 1. */
export function backoffMs(attempt: number): number {
  const longest = Math.min(BACKOFF_MS_MIN * 2 ** Math.min(attempt - 1, 10), BACKOFF_MS_MAX);
  return Math.round(longest * (0.5 + Math.random() / 2));
}
