/**
 * The events of one taskspace, from its journal: its commits in their order.
 *
 * A place is a commit and, where it is known, its id: a journal that replaced another one may
 * have the same numbers.
 */

import { toChangeJson } from '../../contract/change-view.js';
import type { Change } from '../../contract/changes.js';
import type { Commit } from '../../domain/event.js';
import { isLive } from '../../domain/state.js';
import type { UseCaseContext } from '../context.js';
import { eventFrame, resetFrame } from './event-frame.js';
import type { EventSource, Frame, FramePage } from './event-hub.js';

export interface LogPlace {
  readonly commit: number;
  /** Null: the client has sent the number alone. */
  readonly id: string | null;
}

/** The most that a page holds: commits, and bytes of frames not counting the last one. */
const PAGE_COMMITS = 200;
const PAGE_BYTES = 256 * 1024;

interface Row {
  readonly id: string;
  readonly change: Change;
}

export class TaskspaceEvents implements EventSource<LogPlace> {
  constructor(
    private readonly l1: Pick<UseCaseContext['l1'], 'use'>,
    private readonly taskspace: string,
  ) {}

  async newest(): Promise<LogPlace> {
    return (await this.catchUp()).newest;
  }

  /** The end of the journal, and how many generations it holds; `none`: the taskspace is not live. */
  catchUp(): Promise<{ readonly newest: LogPlace; readonly lives: 'none' | 'one' | 'several' }> {
    return this.l1.use(this.taskspace, async ({ folder }) => {
      while (!folder.catchUpNow()) await folder.catchUp();
      const { state } = folder;
      const lives = !isLive(state) ? 'none' : state.counters.metadata === 0 ? 'one' : 'several';
      return { newest: { commit: state.commit, id: state.head }, lives };
    });
  }

  /** The place before the present generation. Reads the whole journal. */
  beforeBirth(): Promise<LogPlace> {
    const isBirth = ({ events, number }: Commit): number =>
      events.some(({ type }) => type === 'taskspace.created') ? number : 0;
    return this.l1.use(this.taskspace, async ({ folder }) => {
      const births = await folder.commits(1, Number.MAX_SAFE_INTEGER, isBirth);
      const birth = births.reduce((latest, number) => Math.max(latest, number), 1);
      return { commit: birth - 1, id: null };
    });
  }

  async page(after: LogPlace, until: LogPlace | null): Promise<FramePage<LogPlace>> {
    const wanted = until === null ? PAGE_COMMITS : Math.min(PAGE_COMMITS, until.commit - after.commit);
    const rows = wanted < 0 ? [] : await this.rows(Math.max(1, after.commit), after.commit + wanted);
    if (!continues(rows, after, until)) return { frames: [], end: after, next: 'gone' };
    const frames: Frame[] = [];
    let end = after;
    let bytesLeft = PAGE_BYTES;
    for (const { id, change } of rows) {
      if (change.commit <= after.commit) continue;
      if (bytesLeft <= 0) return { frames, end, next: 'more' };
      const bytes = eventFrame(String(change.commit), change);
      bytesLeft -= bytes.length;
      frames.push({ taskspace: this.taskspace, bytes });
      end = { commit: change.commit, id };
      if (change.types.includes('taskspace.deleted')) return { frames, end, next: 'over' };
    }
    const whole = until === null ? frames.length < PAGE_COMMITS : end.commit === until.commit;
    return { frames, end, next: whole ? 'none' : 'more' };
  }

  reset({ commit }: LogPlace): Buffer {
    return resetFrame(String(commit));
  }

  private rows(first: number, last: number): Promise<Row[]> {
    const show = (commit: Commit): Row => ({ id: commit.id, change: toChangeJson(this.taskspace, commit) });
    return this.l1.use(this.taskspace, ({ folder }) => folder.commits(first, last, show));
  }
}

/** Whether these rows, read from `after` on, are of the journal that both places were read from. */
function continues(rows: readonly Row[], after: LogPlace, until: LogPlace | null): boolean {
  const [first] = rows;
  const last = rows.at(-1);
  if (after.commit > 0 && !isAt(first, after)) return false;
  if (until === null) return true;
  if (until.commit === 0) return after.commit === 0;
  if (until.commit - after.commit > PAGE_COMMITS) return last?.change.commit === after.commit + PAGE_COMMITS;
  return isAt(last, until);
}

function isAt(row: Row | undefined, { commit, id }: LogPlace): boolean {
  return row?.change.commit === commit && (id === null || row.id === id);
}
