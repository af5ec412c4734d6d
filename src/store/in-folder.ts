/** Work on a name in a folder of ours, which is nearly always there: asking first would cost more than most of the work. */
import fs from 'node:fs';

/** What finds no folder is done once more after the folder is made, with those above it. */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await fs.promises.mkdir(folder, { recursive: true });
    return work();
  }
}
