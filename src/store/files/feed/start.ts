/**
 * How the server last stopped. After a clean stop everything that was committed is published, and the feed's
 * tail is on disk; after any other stop neither is certain, and whatever rests on the feed must check the
 * journals themselves.
 *
 *   stopped.json       the data folder after a clean stop; removed for good before anything is served
 *   feed/start.json    the segment and epoch of the present start, whether the stop before it was clean, and
 *                      with which feed all journals were compared since
 *
 * The stop mark lies beside the feed, so that it does not come back with a restored one. It identifies files
 * by what no copy shares: inode and ctime. A stop is clean only if all of these files are unchanged.
 */
import fs from 'node:fs';
import path from 'node:path';
import { feedFolder, taskspacesFolder } from '../paths.js';
import { syncFolderNow } from '../write-once.js';
import { segmentNumber } from './segment.js';

export interface FeedStart {
  /** Of the segments of this start: its name among all starts. */
  readonly epoch: string;
  readonly segment: number;
  readonly clean: boolean;
  /** The epoch of the feed with which every journal was compared since. */
  readonly compared?: string;
}

/** Everything that is trusted without checking the journals, as text. */
type Mark = string;

/** Removes the mark of a clean stop. @returns whether it was there and everything is unchanged. */
export function consumeStopMark(dataDir: string): boolean {
  const file = markFile(dataDir);
  const mark = readJson<{ stood: Mark }>(file);
  // The place of the mark in earlier versions.
  fs.rmSync(path.join(feedFolder(dataDir), 'stopped.json'), { force: true });
  if (!mark) return false;
  fs.rmSync(file);
  // A mark that came back after a power cut would vouch for what it has not seen.
  syncFolderNow(dataDir);
  return mark.stood === standing(dataDir);
}

/** To be called when all processes have ended in order: nothing is published any more. */
export function markCleanStop(dataDir: string): void {
  const last = lastSegment(dataDir);
  if (!last) return;
  const fd = fs.openSync(last, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  writeJson(markFile(dataDir), { stood: standing(dataDir) });
  syncFolderNow(dataDir);
}

export function writeFeedStart(dataDir: string, start: FeedStart): void {
  writeJson(path.join(feedFolder(dataDir), 'start.json'), start);
}

/** What a later steward of this start need not do again. */
export function noteFeedCompared(dataDir: string, epoch: string): void {
  const start = readFeedStart(dataDir);
  if (start) writeFeedStart(dataDir, { ...start, compared: epoch });
}

/** Null: unknown. */
export function readFeedStart(dataDir: string): FeedStart | null {
  return readJson<FeedStart>(path.join(feedFolder(dataDir), 'start.json'));
}

function markFile(dataDir: string): string {
  return path.join(dataDir, 'stopped.json');
}

/** The end of the feed, the folder of all taskspaces, and all files of catalogs. */
function standing(dataDir: string): Mark {
  const catalogs = path.join(dataDir, 'catalog');
  const files = foldersIn(catalogs).flatMap((folder) =>
    namesIn(folder).map((name) => path.join(folder, name)),
  );
  const all = [lastSegment(dataDir) ?? '', taskspacesFolder(dataDir), ...files];
  return all.map((file) => `${path.relative(dataDir, file)} ${nameOf(file)}`).join('\n');
}

/** Identifies a file among all that were ever at its path. */
function nameOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.ctimeMs}` : 'none';
}

function lastSegment(dataDir: string): string | null {
  const folder = feedFolder(dataDir);
  const name = namesIn(folder)
    .filter((file) => segmentNumber(file) !== null)
    .at(-1);
  return name === undefined ? null : path.join(folder, name);
}

function foldersIn(folder: string): string[] {
  return namesIn(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory());
}

/** Sorted; none when there is no such folder. */
function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}

function writeJson(file: string, value: object): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, JSON.stringify(value), { flush: true });
  fs.renameSync(temporary, file);
}

/** A file that cannot be read is treated as absent: then everything is checked. */
function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
