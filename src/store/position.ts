/**
 * A position in the server's order of commits. It has a meaning only within one feed, so it carries that
 * feed's identity: `epoch`. Clients see it as an opaque text: `<epoch>.<segment>.<at>.<commit>`.
 *
 * What `segment` and `at` count is the store's business; the rooms above compare positions and keep them.
 */

export interface Position {
  /** 8 hex digits: the feed to which the numbers belong. '' in feeds of earlier versions. */
  readonly epoch: string;
  readonly segment: number;
  /** The place of a change, or one before the next: grows within its segment, and names no later change. */
  readonly at: number;
  /** The last commit of that change that was taken; 0: none. */
  readonly commit: number;
}

const FORM = /^(?:([0-9a-f]{8})\.)?(\d{1,8})\.(\d{1,15})\.(\d{1,15})$/;

export function positionText({ epoch, segment, at, commit }: Position): string {
  return `${epoch === '' ? '' : `${epoch}.`}${segment}.${at}.${commit}`;
}

/** Null when the text is not a position. Whether its place is still kept is not checked. */
export function parsePosition(text: string): Position | null {
  const [form, epoch = '', segment, at, commit] = FORM.exec(text) ?? [];
  return form === undefined
    ? null
    : { epoch, segment: Number(segment), at: Number(at), commit: Number(commit) };
}

/** Order of two positions of the same feed. */
export function comparePositions(a: Numbers, b: Numbers): number {
  return a.segment - b.segment || a.at - b.at || a.commit - b.commit;
}

type Numbers = Omit<Position, 'epoch'>;
