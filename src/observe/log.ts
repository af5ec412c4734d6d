/**
 * The log: one line for each thing worth telling, on stderr, as JSON or as text for people.
 *
 * stdout belongs to the line that says the server is ready. Lines are written synchronously, so that the last one
 * before a crash is there. Bodies, tokens and headers are never logged; fields are chosen by the caller.
 */
import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import type { Config } from '../config/config.js';
import { oneLine } from '../domain/json.js';
import { textStream } from './text-line.js';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * @param base fields of every line, like the worker's number.
 * @param out where lines go, for tests; stderr otherwise.
 */
export function createLog(settings: Config['log'], base: object, out?: DestinationStream): Log {
  const sink = onOneLine(out ?? destination({ fd: 2, sync: true }));
  const logger: Logger = pino(
    {
      level: settings.level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    settings.format === 'json' ? sink : textStream(sink),
  );
  return logger;
}

/** What others have named (a path, a holder) must not look like a line of its own to those who read the log. */
function onOneLine(sink: DestinationStream): DestinationStream {
  return { write: (line: string) => sink.write(oneLine(line)) };
}
