/** Fault 1: what was written through one worker is seen by the next read through any other. */

import { describe, expect, it } from 'vitest';
import { inForm } from '../kit/form.js';
import { Recorder } from '../kit/recorder.js';
import { expectPassWithPlainFiles, scene, violations } from './scene.js';
import { prepare, writeHereReadThere } from './write-here-read-there.js';

const PAIRS = inForm(4000, 100_000);
const IDS = ['a', 'b', 'c', 'd'];

describe('a read that begins after a write was acknowledged', () => {
  it.each([
    ['with L1', {}],
    ['without any cache', { ENABLE_MEMORY_CACHE: 'false' }],
  ])('sees it on every other worker, %s', (name, env) =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start({ env });
      const connections = await cluster.pinned();
      const recorder = new Recorder();
      await prepare(recorder, connections.slice(0, 1)[0] ?? (await cluster.connect()), IDS);
      const began = performance.now();
      const pairs = name === 'with L1' ? PAIRS : PAIRS / 4;
      await writeHereReadThere(recorder, connections, IDS, chance, { pairs });
      console.log(`${pairs} pairs ${name} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      await expectPassWithPlainFiles(dataDir, recorder);
    }),
  );

  it('would be seen to miss it if a worker did not look at the file (mutant)', () =>
    scene(async ({ start, dataDir, chance, control }) => {
      control.plan(2, { mutants: ['frozen-stat'] });
      const cluster = await start({ program: 'fault', workers: 2 });
      const [here, there] = await cluster.pinned();
      if (!here || !there) throw new Error('two workers are needed');
      const recorder = new Recorder();
      await prepare(recorder, here, ['a']);
      await writeHereReadThere(recorder, [there], ['a'], chance, { pairs: 50, writers: [here] });
      expect(violations(dataDir, recorder).map(({ rule }) => rule)).toContain('stale');
    }));
});
