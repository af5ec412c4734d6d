/**
 * The suite can turn red: without the step that keeps a promise, the same clients on the same server see it
 * broken. Each mutant is one step taken out (see mutants.mjs).
 */
import { describe, expect, it } from 'vitest';
import { choices } from '../consistency/choices.js';
import { Client, type Kind } from '../consistency/client.js';
import { type Configuration, STALENESS_MS_MAX } from '../consistency/configurations.js';
import { Notes } from '../consistency/notes.js';
import { openStage } from '../consistency/run.js';
import { type Verdict, verdictOf } from '../consistency/verdict.js';
import { finalState } from '../kit/final-state.js';
import { seeded } from '../kit/seed.js';

const PRELOAD = new URL('../consistency/mutants.mjs', import.meta.url);
const WATCHED_MS = 1000;
/** On a busy machine it is watched for longer, until so much has happened. */
const WRITES_MIN = 60;
const WRITE_EVERY_MS = 15;
const WATCHES_MAX = 6;
const READERS = 4;
const PAUSE_MS_MAX = 12;

const NOTHING = {
  name: 'control',
  workers: 2,
  redis: 'none',
  pairs: false,
  idle: false,
  faults: [],
} as const;
const STRICT: Configuration = { ...NOTHING, bounded: false, env: {} };
const BOUNDED: Configuration = {
  ...NOTHING,
  bounded: true,
  env: { BUS: 'none', CONSISTENCY: 'bounded', MAX_STALENESS_MS: String(STALENESS_MS_MAX) },
};

describe('a server that is whole', () => {
  it.each(['metadata', 'summary'] as const)('shows the newest %s', async (kind) => {
    expect(await watched(STRICT, kind)).toMatchObject({ stale: 0, backwards: 0, shown: [] });
  });
});

describe('what is seen to be broken', () => {
  it.each([
    ['no stat', 'metadata', 'unchecked'],
    ['no look at the feed', 'summary', 'unchecked'],
    ['the feed line after the answer', 'conversations', 'late-feed-line'],
    ['a fill that overwrites an invalidation', 'summary', 'late-fill'],
    ['a reader who joins a load from before an acknowledgement', 'summary', 'shared-load'],
    ['a check that began before the read came', 'metadata', 'check-of-before'],
    ['an answer before its publication', 'conversations', 'answer-before-publication'],
  ] as const)('with %s (%s)', async (_what, kind, mutant) => {
    // Whether a read meets the moment is chance, and on a slow machine few are made.
    let stale = 0;
    for (let watches = 0; stale === 0 && watches < WATCHES_MAX; watches++) {
      const verdict = await watched(mutated(STRICT, mutant), kind);
      stale = verdict.stale;
      console.log(`${mutant}: ${stale} of ${verdict.reads} stale, worst ${verdict.worstMs.toFixed(1)} ms`);
    }
    expect(stale).toBeGreaterThan(0);
  });

  it('when the answer of one caller is given to the next of the same turn', async () => {
    let wrong = 0;
    for (let watches = 0; wrong === 0 && watches < WATCHES_MAX; watches++) {
      const { lost, shown } = await watched(mutated(STRICT, 'answer-of-another'), 'metadata', ['t', 'u']);
      wrong = lost;
      console.log(`answer-of-another: ${lost} wrong, such as ${shown[0]}`);
    }
    expect(wrong).toBeGreaterThan(0);
  });

  it('in bounded mode, when nobody looks and no message is heard: then it is older than allowed', async () => {
    const [whole, deaf] = [
      await watched(BOUNDED, 'metadata'),
      await watched(mutated(BOUNDED, 'deaf'), 'metadata'),
    ];
    console.log(`stale by ${whole.worstMs.toFixed(1)} ms, deaf by ${deaf.worstMs.toFixed(1)} ms`);
    expect(whole.stale).toBeGreaterThan(0);
    expect(whole.worstMs).toBeLessThanOrEqual(STALENESS_MS_MAX);
    expect(deaf.worstMs).toBeGreaterThan(STALENESS_MS_MAX);
  });
});

function mutated(configuration: Configuration, mutant: string): Configuration {
  const env = { NODE_OPTIONS: `--import=${PRELOAD.href}`, CONSISTENCY_MUTANT: mutant };
  return { ...configuration, env: { ...configuration.env, ...env } };
}

/**
 * One worker is written to, the other one only read from.
 * @param ids several: without pauses, so that reads of different ones come in one turn.
 */
async function watched(configuration: Configuration, kind: Kind, ids = ['t']): Promise<Verdict> {
  const { seed } = seeded(expect.getState().currentTestName);
  const stage = await openStage(configuration, choices(seed, 'stage'));
  const { cluster } = stage.scene;
  const notes = new Notes('w', { broken: false });
  const client = (worker: number, name: string): Client =>
    new Client(cluster.port, worker, choices(seed, name), notes);
  const writer = client(1, 'writer');
  const readers = Array.from({ length: READERS }, (_, i) => client(2, `reader ${i}`));
  const write: Kind = kind === 'conversations' ? 'post' : 'patchMetadata';
  try {
    for (const id of ids) await writer.create(id);
    let written = false;
    const ended = (): boolean => written;
    const wrote = writing().finally(() => {
      written = true;
    });
    await Promise.all([wrote, ...readers.map((reader) => reading(reader, ended))]);
    return verdictOf(notes.history, finalState(cluster.dataDir, ids));
  } finally {
    for (const one of [writer, ...readers]) one.close();
    await stage.close();
  }

  async function writing(): Promise<void> {
    const until = performance.now() + WATCHED_MS;
    let next = performance.now();
    for (let n = 0; n < WRITES_MIN || performance.now() < until; n++, next += WRITE_EVERY_MS) {
      for (const id of ids) await writer.do(write, id);
      await new Promise((resume) => setTimeout(resume, Math.max(0, next - performance.now())));
    }
  }

  /** Not in step with each other: those who wait for the same load would all come back together. */
  async function reading(reader: Client, ended: () => boolean): Promise<void> {
    const chance = choices(seed, `pauses ${readers.indexOf(reader)}`);
    while (!ended()) {
      await reader.do(kind, chance.pick(ids));
      if (ids.length === 1) await new Promise((resume) => setTimeout(resume, chance.below(PAUSE_MS_MAX)));
    }
  }
}
