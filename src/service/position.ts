/** A place in the server's order of commits as clients see it: opaque to them, `<segment>.<offset>.<commit>`. */
import type { FeedPosition } from '../store/feed-history.js';

const FORM = /^(\d{1,8})\.(\d{1,15})\.(\d{1,15})$/;

export function positionText({ segment, at, commit }: FeedPosition): string {
  return `${segment}.${at}.${commit}`;
}

/** Null when the text is not a position; whether its place is kept any more is another question. */
export function parsePosition(text: string): FeedPosition | null {
  const match = FORM.exec(text);
  return match && { segment: Number(match[1]), at: Number(match[2]), commit: Number(match[3]) };
}
