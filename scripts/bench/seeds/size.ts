/**
 * Workload B, size and memory: what so many projects take on disk, and in the cache of a worker. Nothing here
 * is a time.
 */
import fs from 'node:fs';
import path from 'node:path';
import { artifactsOf } from './projects.js';
import type { SeedRow } from './row.js';
import { openScene, type Scene } from './scene.js';

const GROWTH = [10, 50, 100];
const MIB = 1024 * 1024;
const SIZE_BAR_MB = 10;
/** Bytes for each project more between the last two sizes, over those between the first two. */
const LINEAR_MAX = 1.5;

/** The catalog is the database: all else are the projects' own files. */
export async function sizes(size: number): Promise<SeedRow[]> {
  const { catalog, files, content } = await bytesFor(size);
  const met = catalog < SIZE_BAR_MB * MIB;
  return [
    {
      name: `database on disk, ${size} projects`,
      ours: shown(catalog),
      floor: `${shown(content)} (the artifacts' bytes; folders ${shown(files)})`,
      ratio: catalog / content,
      cost: catalog / content,
      claim: `0.5–2 MB for 100; target < ${SIZE_BAR_MB} MB: ${met ? 'met' : 'MISSED'}`,
      failed: met ? 0 : 1,
    },
  ];
}

export async function growth(sizesMax: number): Promise<SeedRow[]> {
  const counts = GROWTH.map((count) => Math.max(1, Math.round((count * Math.min(100, sizesMax)) / 100)));
  const all: number[] = [];
  for (const count of counts) all.push((await bytesFor(count)).catalog);
  const [a = 0, b = 0, c = 0] = all;
  const [few = 0, more = 0, most = 0] = counts;
  const slope =
    more === few || most === more || b === a ? 1 : (c - b) / (most - more) / ((b - a) / (more - few));
  const isLinear = slope < LINEAR_MAX;
  return [
    {
      name: `growth of the database, ${counts.join(' → ')} projects`,
      ours: all.map(shown).join(' → '),
      ratio: slope,
      cost: slope,
      floor: 'the same for each project more',
      claim: `linear: ${isLinear ? 'met' : 'MISSED'}`,
      failed: 0,
    },
  ];
}

/** By what L1 counts itself: states, and bodies made from them. */
export async function memory({ size, ids, ways, dataDir }: Scene): Promise<SeedRow[]> {
  const rows: SeedRow[] = [];
  for (const way of ways) {
    await way.invalidate({ all: true });
    for (const id of ids) await way.read(id);
    const stats = (await way.stats()) as { tiers: { l1: { bytes: number } } };
    const each = stats.tiers.l1.bytes / size;
    const journal = fs.statSync(path.join(dataDir, 'taskspaces', 'p0', 'journal.jsonl')).size;
    rows.push({
      name: `memory for each cached project, ${size}, ${way.name}`,
      ours: `${(each / 1024).toFixed(1)} KB`,
      floor: `${(journal / 1024).toFixed(1)} KB (its journal)`,
      ratio: each / journal,
      cost: each / journal,
      failed: 0,
    });
  }
  return rows;
}

async function bytesFor(size: number) {
  const scene = await openScene(size);
  const { dataDir } = scene;
  // The part that is still in the log counts as well.
  const bytes = {
    catalog: bytesBelow(path.join(dataDir, 'catalog')),
    files: bytesBelow(path.join(dataDir, 'taskspaces')),
  };
  await scene.close();
  const content = scene.ids.flatMap(artifactsOf).reduce((sum, artifact) => sum + artifact.bytes.length, 0);
  return { ...bytes, content };
}

function bytesBelow(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

function shown(bytes: number): string {
  return `${(bytes / MIB).toFixed(2)} MB`;
}
