/** JSON text for line-based formats: journals, the feed, event streams, the log. */

/** Characters that JSON allows raw in a string and that some line readers take for line ends: NEL, LS, PS. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The same JSON text, on one line for every reader of lines. Only strings can hold what is escaped. */
export function oneLine(json: string): string {
  return json.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether raw JSON and `oneLine` write the text differently. */
export function hasLineEnds(text: string): boolean {
  return text.search(LINE_ENDS) >= 0;
}
