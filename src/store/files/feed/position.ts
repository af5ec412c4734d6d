/**
 * A place in the server's order of commits. A place has a meaning only within one feed, so it carries that
 * feed's identity: `epoch`. Clients see it as an opaque text: `<epoch>.<segment>.<offset>.<commit>`.
 */

export interface FeedPosition {
  /** 8 hex digits: the feed to which the numbers belong. '' in feeds of earlier versions. */
  readonly epoch: string;
  readonly segment: number;
  /** Offset of a line, or of the place of the next line. */
  readonly at: number;
  /** The last commit of that line that was taken; 0: none. */
  readonly commit: number;
}

const FORM = /^(?:([0-9a-f]{8})\.)?(\d{1,8})\.(\d{1,15})\.(\d{1,15})$/;

export function positionText({ epoch, segment, at, commit }: FeedPosition): string {
  return `${epoch === '' ? '' : `${epoch}.`}${segment}.${at}.${commit}`;
}

/** Null when the text is not a position. Whether its place is still kept is not checked. */
export function parsePosition(text: string): FeedPosition | null {
  const [form, epoch = '', segment, at, commit] = FORM.exec(text) ?? [];
  return form === undefined
    ? null
    : { epoch, segment: Number(segment), at: Number(at), commit: Number(commit) };
}

/** Order of two places in the same succession of segments. */
export function comparePositions(a: Numbers, b: Numbers): number {
  return a.segment - b.segment || a.at - b.at || a.commit - b.commit;
}

type Numbers = Omit<FeedPosition, 'epoch'>;
