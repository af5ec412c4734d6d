/**
 * How one environment variable becomes a value: present or not, parsed, within bounds.
 *
 * Everything here is strict: a value is accepted whole or refused with the variable, the value and what is
 * allowed. An empty value is the same as none, because compose files and shells cannot unset a variable. The
 * refusal shows the value, except where it may hold a password (`secret`).
 */
import { ConfigError } from './start-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];
const SHOWN_MAX = 80;

export class Values {
  constructor(private readonly env: Environment) {}

  /** The trimmed value; null when the variable is absent or empty. */
  text(name: string): string | null {
    const value = this.env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase() ?? null;
    if (value === null) return fallback;
    if (TRUE.includes(value)) return true;
    if (FALSE.includes(value)) return false;
    return refuse(name, value, `${TRUE.join(', ')} or ${FALSE.join(', ')}`);
  }

  integer(name: string, fallback: number, { from, to }: Bounds): number {
    const value = this.text(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= from && number <= to) return number;
    return refuse(name, value, `a whole number from ${from} to ${to}`);
  }

  choice<T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    const value = this.text(name);
    if (value === null) return fallback;
    const found = allowed.find((candidate) => candidate === value.toLowerCase());
    return found ?? refuse(name, value, allowed.join(', '));
  }

  /** A text that `accepts` allows. @param allowed what it allows, in words. */
  matching(name: string, fallback: string, accepts: (value: string) => boolean, allowed: string): string {
    const value = this.text(name);
    if (value === null) return fallback;
    return accepts(value) ? value : refuse(name, value, allowed);
  }

  /** Like `matching`, for a value that may hold a password: the refusal does not show it. */
  secret(name: string, accepts: (value: string) => boolean, allowed: string): string | null {
    const value = this.text(name);
    if (value === null || accepts(value)) return value;
    return refuse(name, '(not shown)', allowed);
  }

  /** A comma list; blanks around members and empty members are ignored. */
  list(
    name: string,
    fallback: readonly string[],
    accepts: (value: string) => boolean,
    allowed: string,
  ): string[] {
    const value = this.text(name);
    if (value === null) return [...fallback];
    const members = value
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== '');
    for (const member of members) if (!accepts(member)) refuse(name, member, allowed);
    return members;
  }
}

/** Freezes an object of plain values, arrays and objects, all the way down. */
export function frozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) frozen(member);
  }
  return Object.freeze(value);
}

function refuse(name: string, value: string, allowed: string): never {
  const shown = value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value;
  throw new ConfigError(`${name}=${JSON.stringify(shown)} is not allowed. Allowed: ${allowed}.`);
}
