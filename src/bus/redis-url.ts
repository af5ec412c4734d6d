/**
 * Parses REDIS_URL into what ioredis needs to reach Redis: one server, sentinels, or a cluster.
 *
 * `redis://[user:password@]host[:port][/db]`, `rediss://…` (TLS),
 * `redis+sentinel://[user:password@]h1,h2/<master>[/db]` and `redis+cluster://[user:password@]h1,h2`. User
 * and password are percent-encoded and those of the data servers. A refusal never shows the URL, because it
 * may contain a password.
 */
import type { RedisOptions } from 'ioredis';
import { ConfigError } from '../config/start-error.js';

interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export type RedisWay = Omit<RedisOptions, 'replyMapping'>;

/** `way` is what ioredis needs to reach a data server; `nodes` are those of a cluster, else none. */
export interface RedisTarget {
  readonly way: RedisWay;
  readonly nodes: readonly RedisAddress[];
  /** For display, without user and password. */
  readonly shown: string;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const PARTS = /^(redis|rediss|redis\+sentinel|redis\+cluster):\/\/(?:([^/@]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/;

/** Errors: ConfigError when it is not one of the four forms. */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, account, hosts, path] = PARTS.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) return refuse('its form is not known');
  const addresses = hosts.split(',').map((host) => addressOf(host, scheme));
  const shown = `${scheme}://${hosts}${path ? `/${path}` : ''}`;
  const login = loginOf(account);
  if (scheme === 'redis+cluster') {
    if (path) return refuse('a cluster has no databases, so nothing follows its hosts');
    return { way: login, nodes: addresses, shown };
  }
  if (scheme === 'redis+sentinel') {
    const [name, db] = (path ?? '').split('/');
    if (!name) return refuse('the name of the master must follow the sentinels');
    const sentinels = addresses.map(({ host, port }) => ({ host, port }));
    return { way: { ...login, sentinels, name: decoded(name), db: databaseOf(db) }, nodes: [], shown };
  }
  const [address, more] = addresses;
  if (address === undefined || more !== undefined)
    return refuse('only sentinels and clusters have several hosts');
  const tls = scheme === 'rediss' ? { tls: {} } : {};
  return { way: { ...login, ...tls, ...address, db: databaseOf(path) }, nodes: [], shown };
}

function addressOf(text: string, scheme: string): RedisAddress {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    return refuse('a host is not one (host, host:port or [address]:port)');
  }
  const standard = scheme === 'redis+sentinel' ? SENTINEL_PORT : REDIS_PORT;
  return { host, port: port === undefined ? standard : Number(port) };
}

function loginOf(account: string | undefined): RedisOptions {
  if (account === undefined || account === '') return {};
  const colon = account.indexOf(':');
  if (colon === -1) return refuse('a password follows a colon (":password@" or "user:password@")');
  const username = decoded(account.slice(0, colon));
  const password = decoded(account.slice(colon + 1));
  return username === '' ? { password } : { username, password };
}

function databaseOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  return /^\d{1,5}$/.test(text) ? Number(text) : refuse('the database is not a number');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('its percent-encoding is broken');
  }
}

function refuse(why: string): never {
  throw new ConfigError(
    `REDIS_URL cannot be used: ${why}. Allowed: redis://host:port, rediss://host:port, ` +
      'redis+sentinel://h1,h2/<master>, redis+cluster://h1,h2, each with user:password@ before the host.',
  );
}
