/** Load by others meanwhile: autocannon, over connections of its own, on a taskspace that nobody checks. */
import autocannon from 'autocannon';

const CONNECTIONS = 4;
const RATE = 200;
const FOREVER_SECONDS = 3600;

export interface Background {
  /** Answers by now. */
  readonly answered: number;
  stop(): Promise<void>;
}

export function background(port: number): Background {
  const path = '/api/taskspaces/background';
  const headers = { 'content-type': 'application/json' };
  let answered = 0;
  let ended: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const run = autocannon(
    {
      url: `http://127.0.0.1:${port}`,
      connections: CONNECTIONS,
      overallRate: RATE,
      duration: FOREVER_SECONDS,
      requests: [
        { method: 'PUT', path, headers, body: '{"description":"background"}' },
        ...Array.from({ length: 10 }, () => ({ method: 'GET' as const, path })),
        { method: 'POST', path: `${path}/messages`, headers, body: '{"content":"background"}' },
        { method: 'GET', path: `${path}/summary` },
      ],
    },
    () => ended(),
  );
  run.on('response', () => answered++);
  return {
    get answered() {
      return answered;
    },
    async stop() {
      run.stop();
      await done;
    },
  };
}
