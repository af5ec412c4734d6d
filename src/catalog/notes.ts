/** What the keeper notes of its work in `meta`, as texts. */

/** The names of a note; none when it is not one. */
export function namesIn(note: string | undefined): string[] {
  try {
    const names: unknown = JSON.parse(note ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
