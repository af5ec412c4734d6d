/** Times as records have them, as ISO 8601 UTC with milliseconds. */
import type { Json, JsonObject } from '../../src/contract/json.js';
import { isObject } from './json-text.js';

const MEMBERS = [
  ...['timestamp', 'created_at', 'createdAt', 'create_time', 'created', 'time', 'ts', 'datetime', 'date'],
  ...['start_time', 'startTime', 'at'],
];
/** Where agents keep the time of a message that has none of its own. */
const INNER = ['extra', 'metadata', 'info'];
const FORM =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/i;
const YEAR_MIN = 1990;
const YEAR_MAX = 2200;
/** Of seconds, milli-, micro- and nanoseconds. */
const UNITS_PER_MS = [1e-3, 1, 1e3, 1e6];

/** When a record says that it was made; undefined when it does not. */
export function timeIn(record: JsonObject): string | undefined {
  const places = [record, ...INNER.map((name) => record[name]).filter(isObject)];
  for (const place of places) {
    for (const member of MEMBERS) {
      const time = timeOf(place[member]);
      if (time !== undefined) return time;
    }
  }
  return undefined;
}

/**
 * A text of ISO 8601 (without a zone it is taken for UTC, digits below the millisecond are cut), or a number
 * of seconds, milli-, micro- or nanoseconds since 1970, which their size tells apart. Undefined for anything
 * else.
 */
export function timeOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{9,19}(\.\d+)?$/.test(text)) return ofNumber(Number(text));
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, day, clock = '00:00', fraction = '', zone = 'Z'] = found;
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  return iso(Date.parse(`${day}T${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zoneOf(zone)}`));
}

function ofNumber(value: number): string | undefined {
  const ms = UNITS_PER_MS.map((units) => value / units).find((time) => time < Date.UTC(YEAR_MAX));
  return ms === undefined ? undefined : iso(Math.floor(ms + 1e-6));
}

function zoneOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function iso(ms: number): string | undefined {
  const isTime = ms >= Date.UTC(YEAR_MIN) && ms < Date.UTC(YEAR_MAX);
  return isTime ? new Date(ms).toISOString() : undefined;
}
