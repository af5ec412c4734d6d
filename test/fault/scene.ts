/**
 * Where a fault is tried: a data folder, a cluster over it, the control of its file calls, and the verdict at
 * the end.
 *
 * Everything is gone afterwards, whatever happened. The verdict is that of the ledger, over the history and
 * the journals, and that of `npm run verify`, over everything in the folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Finding, verifyTaskspace } from '../../src/store/files/verify.js';
import { Cluster, type StartOptions } from '../kit/cluster.js';
import { FaultControl } from '../kit/fault-control.js';
import { finalState, idsIn } from '../kit/final-state.js';
import { judge, shown, type Violation } from '../kit/ledger.js';
import type { Recorder } from '../kit/recorder.js';
import { type Chance, seeded } from '../kit/seed.js';

export interface Scene {
  readonly dataDir: string;
  readonly control: FaultControl;
  readonly chance: Chance;
  /** Starts a cluster over the scene's folder; it is ended with the scene. */
  start(options?: Omit<StartOptions, 'dataDir'>): Promise<Cluster>;
}

/** Runs `play` in a scene of its own, named in the output with its seed. */
export async function scene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'taskspace-fault-'));
  const control = new FaultControl(join(folder, 'control'));
  const dataDir = join(folder, 'data');
  const clusters: Cluster[] = [];
  try {
    await play({
      dataDir,
      control,
      chance: seeded(expect.getState().currentTestName),
      async start(options = {}) {
        const cluster = await Cluster.start({
          ...options,
          dataDir,
          env: { ...options.env, ...control.env },
        });
        clusters.push(cluster);
        return cluster;
      },
    });
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.end()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the ledger finds in all that these clients have done and seen. */
export function violations(dataDir: string, ...recorders: Recorder[]): Violation[] {
  return judge(
    recorders.flatMap(({ history }) => history),
    finalState(dataDir),
  );
}

/** Fails unless the ledger and `verify` find nothing. */
export async function expectPass(dataDir: string, ...recorders: Recorder[]): Promise<void> {
  const broken = violations(dataDir, ...recorders);
  if (broken.length > 0) throw new Error(shown(broken));
  expect(await damage(dataDir)).toEqual([]);
}

/** The same, and every plain file is what the journal says: for tests in which no process dies. */
export async function expectPassWithPlainFiles(dataDir: string, ...recorders: Recorder[]): Promise<void> {
  await expectPass(dataDir, ...recorders);
  expect(await found(dataDir, 'warning')).toEqual([]);
}

/** Damage that `npm run verify` finds. */
export function damage(dataDir: string): Promise<string[]> {
  return found(dataDir, 'damage');
}

async function found(dataDir: string, severity: Finding['severity']): Promise<string[]> {
  const lines: string[] = [];
  for (const id of idsIn(dataDir)) {
    const { findings } = await verifyTaskspace(dataDir, id);
    for (const finding of findings) {
      if (finding.severity === severity) lines.push(`${id} ${finding.part}: ${finding.detail}`);
    }
  }
  return lines;
}
