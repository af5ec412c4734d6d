/**
 * The output once the server serves: one line, and on a terminal the next command to try.
 *
 * It goes to stdout, once, when every worker is ready; scripts wait for it. It never claims a tier or a bus
 * that this version does not have.
 */
import { isIPv6 } from 'node:net';
import { relative, sep } from 'node:path';
import type { Config } from '../config/config.js';

const MIB = 1024 * 1024;

/**
 * @param config with the actual port.
 * @param taskspaces how many folders of taskspaces there are, deleted ones too.
 */
export function announceReady(config: Config, taskspaces: number): void {
  process.stdout.write(`${readyLine(config, taskspaces)}\n`);
  if (process.stdout.isTTY) process.stdout.write(`  Try: ${nextCommand(config)}\n`);
}

export function readyLine(config: Config, taskspaces: number): string {
  const parts = [
    counted(config.workers, 'worker'),
    `cache ${tiersOf(config)}`,
    ...(config.consistency.mode === 'bounded'
      ? [`stale for at most ${config.consistency.stalenessMsMax} ms`]
      : []),
    `bus ${busOf(config)}`,
    config.store === 'memory'
      ? 'data in memory, all of it lost at exit'
      : `data ${shownPath(config.dataDir)} (${counted(taskspaces, 'folder')})`,
    config.access.loopback
      ? 'open to this machine (no token)'
      : 'open to everybody who reaches it (AUTH=off)',
  ];
  return `Taskspace ${config.version} ready: ${urlOf(config)} · ${parts.join(' · ')}`;
}

function tiersOf({ cache, redis }: Config): string {
  const tiers = [
    ...(cache.memory ? [`l1 ${cache.bytesMax / MIB} MiB`] : []),
    ...(cache.redis && redis.url !== null ? ['l2 redis'] : []),
  ];
  return tiers.length === 0 ? 'off' : tiers.join(' + ');
}

/** A single process has no other to wake but through Redis. */
function busOf({ bus, mode }: Config): string {
  return bus === 'ipc' && mode === 'dev' ? 'none' : bus;
}

function nextCommand(config: Config): string {
  return `curl --json '{"id":"hello","name":"My first taskspace"}' ${urlOf(config)}/api/taskspaces`;
}

function urlOf({ host, port }: Config): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function shownPath(dir: string): string {
  const path = relative(process.cwd(), dir);
  return path === '..' || path.startsWith(`..${sep}`) || path.startsWith(sep) ? dir : `.${sep}${path}`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
