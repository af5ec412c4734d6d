/**
 * What a run costs and how long deliveries take: from the answer to a post, as its writer saw it, to the
 * arrival at each reader and stream, by one clock. What arrives before the answer has no delay.
 *
 * The process that measures runs on the same cores: its own late turns are in every delay, and are shown
 * beside them.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { childrenOf, cpuSecondsOf } from '../../../scripts/process-table.js';
import { percentiles } from '../../consistency/percentiles.js';
import type { Crowd } from './crowd.js';

const LOOP_LOOK_MS = 1;
/**
 * In the first seconds of a load all processes of a fresh server compile what they run, and take all there is
 * of two cores.
 */
const COLD_MS = 3000;

export interface Delays {
  readonly deliveries: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Per cent of the deliveries that came before the writer had its answer. */
  readonly before: number;
  /** Without the posts of the first COLD_MS: milliseconds. */
  readonly warm: { readonly p50: number; readonly p99: number };
}

interface Lag {
  readonly ms: number;
  readonly cold: boolean;
}

export function delaysOf(crowd: Crowd): { readers: Delays; taskspaceStreams: Delays; serverStreams: Delays } {
  const answeredAt = new Map<string, number>();
  for (const { kind, outcome, resource, revision, end } of crowd.recorder.history) {
    if (kind === 'write' && outcome === 'ok' && resource.endsWith('/messages'))
      answeredAt.set(`${resource.slice(0, resource.indexOf('/'))} ${revision}`, end);
  }
  const coldUntil = COLD_MS + Math.min(...answeredAt.values());
  const lagsOf = (taskspace: string, seq: number | string, at: number): Lag[] => {
    const answered = answeredAt.get(`${taskspace} ${seq}`);
    return answered === undefined ? [] : [{ ms: at - answered, cold: answered < coldUntil }];
  };
  const ofStreams = (ofServer: boolean): Delays =>
    delays(
      crowd.streams
        .filter(({ id }) => (id === null) === ofServer)
        .flatMap(({ seen }) => seen.flatMap(({ taskspace, value, at }) => lagsOf(taskspace, value, at))),
    );
  return {
    readers: delays(
      crowd.readers.flatMap(({ id, seen }) => seen.flatMap(({ number, at }) => lagsOf(id, number, at))),
    ),
    taskspaceStreams: ofStreams(false),
    serverStreams: ofStreams(true),
  };
}

function delays(lags: readonly Lag[]): Delays {
  const before = lags.filter(({ ms }) => ms < 0).length;
  const of = (some: readonly Lag[]) => percentiles(some.map(({ ms }) => Math.max(0, ms)));
  const { p50, p99, max } = of(lags);
  const share = (100 * before) / Math.max(1, lags.length);
  return {
    ...{ deliveries: lags.length, p50, p99, max, before: share },
    warm: of(lags.filter(({ cold }) => !cold)),
  };
}

export function shownDelays({ deliveries, p50, p99, max, before, warm }: Delays): string {
  const share = `${before.toFixed(0)} % before the answer`;
  const all = `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)} (${share})`;
  return `${deliveries} deliveries: ${all}; after the first ${COLD_MS / 1000} s: p50 ${ms(warm.p50)}, p99 ${ms(warm.p99)}`;
}

/** CPU of a server and of this process, and how late this process's loop came round, from the making on. */
export class Meter {
  private readonly began = performance.now();
  private readonly serverBegan: number;
  private readonly ownBegan = process.cpuUsage();
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS });

  constructor(private readonly pid: number) {
    this.serverBegan = cpuSecondsOfTree(pid);
    this.loop.enable();
  }

  /** Per cent of one core. Processes that have ended meanwhile are not in it. */
  serverPercent(): number {
    return (100_000 * (cpuSecondsOfTree(this.pid) - this.serverBegan)) / (performance.now() - this.began);
  }

  shown(): string {
    const seconds = (performance.now() - this.began) / 1000;
    const { user, system } = process.cpuUsage(this.ownBegan);
    const own = (user + system) / 1e4 / seconds;
    const late = (percent: number): number => this.loop.percentile(percent) / 1e6 - LOOP_LOOK_MS;
    return [
      `${seconds.toFixed(1)} s`,
      `server ${this.serverPercent().toFixed(1)} % of a core`,
      `load ${own.toFixed(1)} %, its loop late by p50 ${ms(late(50))}, p99 ${ms(late(99))}, max ${ms(late(100))}`,
    ].join('; ');
  }
}

/** User and system time of a process and everything below it. */
export function cpuSecondsOfTree(pid: number): number {
  return cpuSecondsOf(pid) + childrenOf(pid).reduce((sum, child) => sum + cpuSecondsOfTree(child), 0);
}

/** As it is shown. */
export function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
