/**
 * The log's text form: `07:48:12.345 info  w2 message  key=value`, an error's stack below it.
 *
 * It rewrites finished JSON lines, so that both forms always have the same fields. A line that cannot be
 * parsed is written unchanged; nothing is dropped.
 */
/** @param line JSON as pino writes it, its newline included. */
export function textOf(line: string): string {
  const fields = parsed(line);
  if (fields === null) return line;
  const { time, level, message, worker, err, error, ...rest } = fields;
  const who = worker === undefined ? '' : `w${String(worker)} `;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  const head = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${who}${String(message ?? '')}`;
  return `${[head, ...pairs].join('  ')}\n${stackOf(err ?? error)}`;
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function shown(value: unknown): string {
  const plain = typeof value === 'string' && /^[^\s"=]+$/.test(value);
  return plain ? String(value) : JSON.stringify(value);
}

function stackOf(error: unknown): string {
  if (error === undefined) return '';
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : error;
  return `${String(typeof stack === 'string' ? stack : JSON.stringify(stack)).replace(/^/gm, '    ')}\n`;
}
