/**
 * How the server last stopped. After a clean stop everything that was committed has been told, and the feed's tail is on
 * disk; after anything else neither is certain, and whatever rests on the feed must look at the journals themselves.
 *
 *   feed/stopped.json   where the feed ended, written by a clean stop, gone for good before anything is served again
 *   feed/start.json     the segment that the present start begins with, and whether the stop before it was clean
 */
import fs from 'node:fs';
import path from 'node:path';
import { segmentNumber } from './feed-segment.js';
import { syncFolderNow } from './made-once.js';
import { feedFolder } from './paths.js';

export interface FeedStart {
  readonly segment: number;
  readonly clean: boolean;
}

interface Mark {
  readonly name: string;
  readonly bytes: number;
}

/** Takes the mark of a clean stop away. @returns whether it was there and says where the feed really ends. */
export function takeStopMark(dataDir: string): boolean {
  const folder = feedFolder(dataDir);
  const file = path.join(folder, 'stopped.json');
  const mark = readJson<Mark>(file);
  if (!mark) return false;
  fs.rmSync(file);
  // A mark that came back with a power cut would speak for what it has not seen.
  syncFolderNow(folder);
  const end = endOf(folder);
  return end?.name === mark.name && end.bytes === mark.bytes;
}

/** To be called when all processes have ended in order: nothing is told any more. */
export function markCleanStop(dataDir: string): void {
  const folder = feedFolder(dataDir);
  const end = endOf(folder);
  if (!end) return;
  const fd = fs.openSync(path.join(folder, end.name), 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  writeJson(path.join(folder, 'stopped.json'), end);
  syncFolderNow(folder);
}

export function writeFeedStart(dataDir: string, start: FeedStart): void {
  writeJson(path.join(feedFolder(dataDir), 'start.json'), start);
}

/** Null: unknown. */
export function readFeedStart(dataDir: string): FeedStart | null {
  return readJson<FeedStart>(path.join(feedFolder(dataDir), 'start.json'));
}

function endOf(folder: string): Mark | null {
  if (!fs.existsSync(folder)) return null;
  const name = fs
    .readdirSync(folder)
    .filter((file) => segmentNumber(file) !== null)
    .sort()
    .at(-1);
  return name === undefined ? null : { name, bytes: fs.statSync(path.join(folder, name)).size };
}

function writeJson(file: string, value: object): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, JSON.stringify(value), { flush: true });
  fs.renameSync(temporary, file);
}

/** What cannot be read counts as absent: then everything is looked at. */
function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
