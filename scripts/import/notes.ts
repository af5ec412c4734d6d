/**
 * What went wrong with single places of a source, gathered: one line for each reason, with the first places.
 */
const PLACES_MAX = 5;
const REASONS_MAX = 20;
const REASON_LENGTH_MAX = 160;

export class Notes {
  private readonly reasons = new Map<string, { places: string[]; count: number }>();
  private more = 0;

  /** @param where as "line 3". */
  add(where: string, reason: string): void {
    const short = reason.length > REASON_LENGTH_MAX ? `${reason.slice(0, REASON_LENGTH_MAX)}…` : reason;
    const known = this.reasons.get(short);
    if (known) {
      known.count++;
      if (known.places.length < PLACES_MAX) known.places.push(where);
    } else if (this.reasons.size < REASONS_MAX) this.reasons.set(short, { places: [where], count: 1 });
    else this.more++;
  }

  lines(): string[] {
    const lines = [...this.reasons].map(([reason, { places, count }]) => {
      const others = count > places.length ? ` and ${count - places.length} more` : '';
      return `${places.join(', ')}${others}: ${reason}`;
    });
    return this.more === 0 ? lines : [...lines, `${this.more} more places have other faults`];
  }
}
