/**
 * How many CPUs this process can really use: what the scheduler allows, and what the
 * container's quota leaves.
 *
 * `os.availableParallelism` respects the affinity mask but not the quota of a control group; a container
 * limited to two CPUs on a machine of 64 would otherwise start 64 workers that throttle one another. What
 * cannot be read means "no limit". It never returns less than 1.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** The whole text of a file, or null when it cannot be read. */
export type ReadText = (path: string) => string | null;

const ROOT = '/sys/fs/cgroup';

/** A quota of 1.5 CPUs gives 2: half a CPU of throttling costs less than half a CPU of idling. */
export function usableCpus(parallelism: number = availableParallelism(), read: ReadText = readText): number {
  const quota = Math.min(quotaV2(read), quotaV1(read));
  return Math.max(1, Math.min(parallelism, Math.ceil(quota)));
}

/** Control groups v2: `cpu.max` holds `<quota|max> <period>`, here and in every group above. */
function quotaV2(read: ReadText): number {
  return Math.min(
    ...groupsUp(groupOf(read, '')).map((group) => {
      const [quota, period] = (read(join(ROOT, group, 'cpu.max')) ?? '').trim().split(/\s+/);
      return ratio(quota, period);
    }),
  );
}

/** Control groups v1: two files below the mount of the `cpu` controller; a quota of -1 is none. */
function quotaV1(read: ReadText): number {
  const mounts = ['cpu', 'cpu,cpuacct', 'cpuacct,cpu'].map((mount) => join(ROOT, mount));
  const groups = groupsUp(groupOf(read, 'cpu'));
  return Math.min(
    ...mounts.flatMap((mount) =>
      groups.map((group) =>
        ratio(
          read(join(mount, group, 'cpu.cfs_quota_us'))?.trim(),
          read(join(mount, group, 'cpu.cfs_period_us'))?.trim(),
        ),
      ),
    ),
  );
}

/** This process's group under a controller (`''` names the one hierarchy of v2); the root when unknown. */
function groupOf(read: ReadText, controller: string): string {
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, group] = line.split(':');
    if (group !== undefined && (controllers ?? '').split(',').includes(controller)) return group;
  }
  return '/';
}

function groupsUp(group: string): string[] {
  const groups = [group];
  for (let up = group; up !== '/' && up !== '.' && groups.length < 64; ) {
    up = dirname(up);
    groups.push(up);
  }
  return groups;
}

function ratio(quota: string | undefined, period: string | undefined): number {
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? share : Number.POSITIVE_INFINITY;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
