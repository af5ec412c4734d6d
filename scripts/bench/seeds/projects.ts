/**
 * Workload B: projects of ten artifacts, of three types; three in ten out of date, one in ten changed
 * locally.
 */
import type { JsonObject } from '../../../src/contract/json.js';
import { createRandom, type Random } from '../../demo/random.js';
import type { Scenario } from '../../demo/scenario.js';

export const ARTIFACTS_EACH = 10;
const TYPES = ['skill', 'command', 'agent'] as const;
const WORDS = 24;
const PARAGRAPHS = 8;

export interface ProjectArtifact {
  readonly path: string;
  readonly bytes: Buffer;
  readonly metadata: JsonObject;
}

export function projectId(n: number): string {
  return `p${n}`;
}

export function artifactsOf(project: string): ProjectArtifact[] {
  const random = createRandom(`seeds/${project}`);
  return Array.from({ length: ARTIFACTS_EACH }, (_, i) => {
    const type = TYPES[i % TYPES.length] ?? 'skill';
    const upstreamVersion = `2.${i}.0`;
    const metadata = {
      type,
      upstreamVersion,
      deployedVersion: i % 10 < 3 ? `1.${i}.0` : upstreamVersion,
      localModified: i % 10 === 9,
    };
    return { path: `${type}s/${type}-${i}.md`, bytes: Buffer.from(textOf(random, project, i)), metadata };
  });
}

/** As it is written to disk before a server starts. */
export function scenarioOf(n: number): Scenario {
  const slug = projectId(n);
  return {
    ...{ slug, name: `Project ${n}`, description: 'Made for a benchmark.', owner: 'bench', status: 'active' },
    ...{ tags: ['bench'], goal: '', tasks: [], messages: [] },
    artifacts: artifactsOf(slug).map(({ path, bytes, metadata }) => ({
      path,
      revisions: [{ by: 'bench', message: '', content: bytes.toString(), metadata }],
    })),
  };
}

/**
 * Every artifact of every project has each of these words, so that each finds all: no two rounds ask the
 * same.
 */
export function wordOf(round: number): string {
  return `findable${String.fromCharCode(97 + (round % WORDS))}`;
}

function textOf(random: Random, project: string, i: number): string {
  const all = Array.from({ length: WORDS }, (_, n) => wordOf(n)).join(' ');
  const rest = Array.from(
    { length: PARAGRAPHS },
    () =>
      `Step ${random.whole(1, 999)}: read the notes of ${project}, run the check, write down what changed.`,
  );
  return `# Artifact ${i} of ${project}\n\n${all}\n\n${rest.join('\n\n')}\n`;
}
