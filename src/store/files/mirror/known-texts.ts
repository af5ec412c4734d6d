/**
 * Whether a text of `plan.json` or `taskspace.json` is that of an earlier revision, found in the journal:
 * states keep no old plans. It costs a fold of the journal, so it is only asked about a file without a stamp
 * of the server, and once.
 */
import { Journal, type JournalPaths, type JournalPorts } from '../journal/journal.js';
import { PLAN_FILE } from '../paths.js';
import { metadataFile, planFile } from './content.js';

/** Longer journals are not searched: a fold takes a second per 150 MB. */
const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;

export async function wasOnceText(
  paths: JournalPaths,
  ports: JournalPorts,
  name: string,
  text: string,
): Promise<boolean> {
  const revision = revisionOf(text);
  if (revision === null) return false;
  const journal = new Journal(paths, ports);
  if ((ports.files.stat(journal.file)?.size ?? 0) > JOURNAL_BYTES_MAX) return false;
  const isPlan = name === PLAN_FILE;
  let seen = '';
  let found = false;
  journal.followers.add({
    allowsSnapshot: () => false,
    onCommit() {
      const version = isPlan ? journal.state.plan.version : journal.state.metadata;
      // No two revisions of one resource have the same number, not even in different generations.
      if (found || version?.revision !== revision || version.tag === seen) return;
      seen = version.tag;
      found = (isPlan ? planFile(journal.state) : metadataFile(journal.state)) === text;
    },
  });
  await journal.load();
  return found;
}

/** The revision in a text of this format; null for any other text. */
export function revisionOf(text: string): number | null {
  const match = /^\{\n {2}"revision": (\d{1,15}),\n/.exec(text);
  return match ? Number(match[1]) : null;
}
