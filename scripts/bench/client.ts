/** A connection that is kept: what is asked over it is answered by one worker. */
import http from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export class Client {
  private readonly agent: http.Agent;

  constructor(
    readonly port: number,
    connections = 1,
  ) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Errors: when the connection breaks. Any status is an answer. */
  ask(
    method: string,
    target: string,
    body?: object | Buffer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const type = Buffer.isBuffer(body) ? 'text/plain' : 'application/json';
    const headers = bytes ? { 'Content-Type': type, 'Content-Length': bytes.length, ...more } : more;
    return new Promise((resolve, reject) => {
      const request = http.request(
        { port: this.port, host: '127.0.0.1', method, path: target, agent: this.agent, headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
  }

  /** As `ask`, for what must succeed. */
  async must(
    method: string,
    target: string,
    body?: object | Buffer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const reply = await this.ask(method, target, body, more);
    if (reply.status >= 400 || (reply.status >= 300 && reply.status !== 304))
      throw new Error(`${method} ${target}: ${reply.status} ${reply.body}`);
    return reply;
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Two connections that different workers answer. The server must have more than one. */
export async function onTwoWorkers(port: number): Promise<[Client, Client]> {
  const first = new Client(port);
  const worker = (await first.ask('GET', '/health')).headers['x-worker'];
  for (;;) {
    const second = new Client(port);
    if ((await second.ask('GET', '/health')).headers['x-worker'] !== worker) return [first, second];
    second.close();
  }
}
