/**
 * Whether a text of `plan.json` or `taskspace.json` is the one of an earlier revision, told from the journal: states keep no
 * old plans. It costs a fold of the journal, so it is asked only about a file that bears no time of ours, and once.
 */
import { Journal, type JournalPaths, type JournalPorts } from '../journal/journal.js';
import { metadataFile, planFile } from './mirror-content.js';
import { PLAN_FILE } from './paths.js';

/** Of a longer journal nothing is told: a fold takes a second for each 150 MB. */
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
  journal.mayUseSnapshot = () => false;
  journal.onCommit = () => {
    const version = isPlan ? journal.state.plan.version : journal.state.metadata;
    // No two revisions of one resource bear the same number, not even over several lives.
    if (found || version?.revision !== revision || version.tag === seen) return;
    seen = version.tag;
    found = (isPlan ? planFile(journal.state) : metadataFile(journal.state)) === text;
  };
  await journal.load();
  return found;
}

/** The revision that a text of ours says it is; null for what cannot be one. */
export function revisionOf(text: string): number | null {
  const match = /^\{\n {2}"revision": (\d{1,15}),\n/.exec(text);
  return match ? Number(match[1]) : null;
}
