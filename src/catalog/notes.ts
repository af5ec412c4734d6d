/** What the projector notes of its work in `meta`, as texts. */

/** The names in a note; none when it is not a list of names. */
export function namesIn(note: string | undefined): string[] {
  try {
    const names: unknown = JSON.parse(note ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
