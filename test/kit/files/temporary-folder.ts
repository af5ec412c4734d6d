/** A folder of its own for each test, gone afterwards. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Call it once in a `describe`; the function that it gives tells the folder of the test that runs. */
export function temporaryFolder(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-test-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}

/** How many descriptors this process has open on files below a folder. */
export function openDescriptors(below: string): number {
  const descriptors = fs.readdirSync('/proc/self/fd');
  return descriptors.filter((descriptor) => targetOf(descriptor).startsWith(below)).length;
}

function targetOf(descriptor: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}
