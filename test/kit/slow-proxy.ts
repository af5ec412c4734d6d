/**
 * A TCP proxy that makes a server slow: everything is held for `delayMs` on its way, in order, there and
 * back.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class SlowProxy {
  delayMs = 0;
  /** New connections are broken as soon as they are made. */
  refusing = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static start(targetPort: number): Promise<SlowProxy> {
    return new Promise((resolve, reject) => {
      const server = createServer((near) => proxy.join(near, targetPort));
      let proxy: SlowProxy;
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        proxy = new SlowProxy(server, address !== null && typeof address === 'object' ? address.port : 0);
        resolve(proxy);
      });
    });
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Breaks all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private join(near: Socket, targetPort: number): void {
    if (this.refusing) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (chunk) => this.pass(chunk, far));
    far.on('data', (chunk) => this.pass(chunk, near));
  }

  private pass(chunk: Buffer, to: Socket): void {
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delayMs);
  }
}
