/** JSON text for what is read by lines: journals, the feed, event streams, the log. */

/** What JSON lets stand raw in a string and some readers of lines take for the end of one: NEL, LS, PS. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The same JSON text, on one line for every reader of lines. Only strings can hold what is escaped. */
export function oneLine(json: string): string {
  return json.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether the text stands in one way in raw JSON, and in another in a line. */
export function hasLineEnds(text: string): boolean {
  return text.search(LINE_ENDS) >= 0;
}
