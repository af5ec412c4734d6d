/** API.md section 5: upload, patch, download, delete, list, revisions. */

import type { ArtifactUseCases } from '../../app/artifacts/artifacts.js';
import type { Config } from '../../config/config.js';
import type { artifactOperations } from '../../contract/operations/artifacts.js';
import { contentReply } from '../content-reply.js';
import { contentTypeOf } from '../content-types.js';
import type { Handlers } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { receiveUpload } from '../upload.js';

export function artifactHandlers(
  artifacts: ArtifactUseCases,
  limits: Config['limits'],
): Handlers<typeof artifactOperations> {
  return {
    putArtifact: async ({ exchange, caller, parts, pre }) =>
      writeReply(
        await receiveUpload(exchange, parts.path, limits.artifactBytesMax, (upload) =>
          artifacts.put(caller, parts.id, parts.path, upload, pre),
        ),
      ),

    async patchArtifact({ caller, parts, body, pre }) {
      // The default content type depends on the path's extension, and that table is in this room.
      const patch = body.contentType === null ? { ...body, contentType: contentTypeOf(parts.path) } : body;
      return writeReply(await artifacts.patch(caller, parts.id, parts.path, patch, pre));
    },

    async getArtifact(call) {
      const { caller, parts, query } = call;
      const revision = query.revision ?? null;
      if (query.meta === true)
        return readReply(call, await artifacts.metadata(caller, parts.id, parts.path, revision));
      return contentReply(call, await artifacts.content(caller, parts.id, parts.path, revision));
    },

    deleteArtifact: async ({ caller, parts, pre }) =>
      writeReply(await artifacts.remove(caller, parts.id, parts.path, pre)),

    async listArtifacts(call) {
      const { cursor = null, ...query } = call.query;
      return readReply(call, await artifacts.list(call.caller, call.parts.id, { ...query, cursor }));
    },

    async listRevisions(call) {
      const { limit, cursor = null } = call.query;
      return readReply(
        call,
        await artifacts.revisions(call.caller, call.parts.id, call.parts.path, { limit, cursor }),
      );
    },
  };
}
