import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/platform/log.js';

function lines(format: 'json' | 'text', level: 'info' | 'silent' = 'info') {
  const written: string[] = [];
  const log = createLog({ level, format }, { worker: 2 }, { write: (line) => written.push(line) });
  return { log, written };
}

describe('the log', () => {
  it('writes one JSON object a line, with time, level, base fields and message', () => {
    const { log, written } = lines('json');
    log.info({ status: 200 }, 'answered');
    expect(written).toHaveLength(1);
    const line: unknown = JSON.parse(written[0] ?? '');
    expect(line).toMatchObject({ level: 'info', worker: 2, status: 200, message: 'answered' });
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-.*Z$/));
  });

  it('leaves away what is below its level', () => {
    const { log, written } = lines('json');
    log.debug({}, 'detail');
    expect(written).toEqual([]);
    const silent = lines('json', 'silent');
    silent.log.error({}, 'trouble');
    expect(silent.written).toEqual([]);
  });

  it('writes text for people: time, level, worker, message, fields', () => {
    const { log, written } = lines('text');
    log.warn({ path: 'a b', ms: 3, signal: 'SIGTERM' }, 'slow');
    expect(written.join('')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}w2 slow {2}path="a b" {2}ms=3 {2}signal=SIGTERM\n$/,
    );
  });

  it.each(['err', 'error'])('shows the stack of an error under `%s`', (name) => {
    const json = lines('json');
    json.log.error({ [name]: new Error('boom') }, 'failed');
    expect(JSON.parse(json.written[0] ?? '')).toMatchObject({ [name]: { message: 'boom' } });
    const text = lines('text');
    text.log.error({ [name]: new Error('boom') }, 'failed');
    expect(text.written.join('')).toMatch(/failed\n {4}Error: boom\n {8}at /);
  });
});
