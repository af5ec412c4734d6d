/**
 * What happens when a client closes its sending side. It cannot be known whether it still reads, so it is
 * regarded as gone, and the connection ends: whatever waits for it or streams to it can stop. A client that
 * has pipelined requests is different: it gets all their answers first.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isBroken } from './broken-request.js';
import type { ServerState } from './exchange.js';

export function endWithClients(state: ServerState, server: Server): void {
  // Node would end every such connection at once, whatever is still to be answered (lib/_http_server.js).
  Object.assign(server, { httpAllowHalfOpen: true });
  // Registered with the connection, so this runs after Node has checked for the rest of a request.
  server.on('connection', (socket: Socket) => {
    socket.once('end', () => {
      // A request that ends too early is answered by the reader of its body.
      if (!isBroken(socket) && !state.order.isPipelined(socket)) socket.end();
    });
  });
}
