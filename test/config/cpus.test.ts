import { describe, expect, it } from 'vitest';
import { usableCpus } from '../../src/config/cpus.js';

function files(texts: Record<string, string>) {
  return (path: string) => texts[path] ?? null;
}

describe('usable CPUs', () => {
  it('are those of the machine when nothing limits them', () => {
    expect(usableCpus(8, files({}))).toBe(8);
    expect(usableCpus(8, files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).toBe(8);
  });

  it('follow a v2 quota, a started CPU counting as one', () => {
    expect(usableCpus(8, files({ '/sys/fs/cgroup/cpu.max': '200000 100000\n' }))).toBe(2);
    expect(usableCpus(8, files({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }))).toBe(2);
    expect(usableCpus(8, files({ '/sys/fs/cgroup/cpu.max': '10000 100000\n' }))).toBe(1);
  });

  it('follow the tightest quota of the groups above', () => {
    const texts = {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000',
    };
    expect(usableCpus(8, files(texts))).toBe(3);
  });

  it('follow a v1 quota, where -1 is none', () => {
    const limited = (quota: string) => ({
      '/proc/self/cgroup': '5:memory:/x\n4:cpu,cpuacct:/docker/c\n0::/\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/c/cpu.cfs_quota_us': quota,
      '/sys/fs/cgroup/cpu,cpuacct/docker/c/cpu.cfs_period_us': '100000\n',
    });
    expect(usableCpus(8, files(limited('400000\n')))).toBe(4);
    expect(usableCpus(8, files(limited('-1\n')))).toBe(8);
  });
});
