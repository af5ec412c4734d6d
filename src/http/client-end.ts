/**
 * What happens when a client says that it sends no more (it closes its side of the connection). Nothing tells whether it
 * still reads, so it counts as gone, and the connection ends: whatever waits for it or streams to it can stop. A client
 * that has sent several requests at once is different: it gets the answers to all of them first.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isBroken } from './broken-request.js';
import type { ServerState } from './exchange.js';

export function endWithClients(state: ServerState, server: Server): void {
  // Node itself would end every such connection at once, whatever has yet to be answered (lib/_http_server.js).
  Object.assign(server, { httpAllowHalfOpen: true });
  // Registered with the connection, so this runs after Node has looked for the rest of a request.
  server.on('connection', (socket: Socket) => {
    socket.once('end', () => {
      // A request that ends too early is answered by whoever reads it.
      if (!isBroken(socket) && !state.order.isPipelined(socket)) socket.end();
    });
  });
}
