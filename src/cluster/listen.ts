/**
 * The address the server listens on: claimed once, before anything is started, with an explanation when
 * it is not available.
 *
 * The primary binds the port for a moment and releases it. That turns `PORT=0` into a number that stays the
 * same when every worker is replaced, and a taken port into one line before a worker exists. Before the
 * workers listen, another process may take it; the workers then report it the same way.
 */
import { createServer } from 'node:net';
import { StartError } from '../config/start-error.js';

/** @returns the port, a free one for 0. @throws StartError when it cannot be bound. */
export function claimPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** One line for a failed `listen`; an error that is not about the address is returned unchanged. */
export function listenError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  const text = explanation(code, host, port);
  return text === null ? error : new StartError(text, undefined, { cause: error });
}

function explanation(code: unknown, host: string, port: number): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken. Stop the program that has it, or set PORT (0 takes any free port).`;
    case 'EACCES':
      return `Port ${port} needs more rights than this process has. Set PORT to a number above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST=${JSON.stringify(host)} is not an address of this machine. Set HOST to one that is, like 127.0.0.1.`;
    default:
      return null;
  }
}
