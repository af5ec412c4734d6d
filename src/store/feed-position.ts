/**
 * A place in the server's order of commits. What a place means is known only within one feed, so it carries that feed's
 * identity: `epoch`. As clients see it it is a text, opaque to them: `<epoch>.<segment>.<offset>.<commit>`.
 */

export interface FeedPosition {
  /** 8 hex digits: which feed it is that the numbers count in. '' in feeds of earlier versions, which had no such name. */
  readonly epoch: string;
  readonly segment: number;
  /** Offset of a line, or of the place where the next line will stand. */
  readonly at: number;
  /** The last commit of that line that was taken; 0: none. */
  readonly commit: number;
}

const FORM = /^(?:([0-9a-f]{8})\.)?(\d{1,8})\.(\d{1,15})\.(\d{1,15})$/;

export function positionText({ epoch, segment, at, commit }: FeedPosition): string {
  return `${epoch === '' ? '' : `${epoch}.`}${segment}.${at}.${commit}`;
}

/** Null when the text is not a position; whether its place is kept any more is another question. */
export function parsePosition(text: string): FeedPosition | null {
  const [form, epoch = '', segment, at, commit] = FORM.exec(text) ?? [];
  return form === undefined
    ? null
    : { epoch, segment: Number(segment), at: Number(at), commit: Number(commit) };
}

/** Of two places that are known to lie on one way: which comes first. */
export function comparePositions(a: Numbers, b: Numbers): number {
  return a.segment - b.segment || a.at - b.at || a.commit - b.commit;
}

type Numbers = Omit<FeedPosition, 'epoch'>;
