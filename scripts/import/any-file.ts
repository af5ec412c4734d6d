/** A file of any kind, kept as an artifact byte for byte. */
import { artifactsOnly, type Draft } from './draft.js';
import type { RecordingFile } from './recording.js';
import { sha256OfFile } from './sha256.js';

const NAME_LENGTH_MAX = 200;

export async function readAnyFile({ path, name, size }: RecordingFile): Promise<Draft> {
  const sha256 = await sha256OfFile(path, size);
  return {
    name: [...name].slice(0, NAME_LENGTH_MAX).join(''),
    status: 'active',
    source: { file: name, sha256 },
    data: {},
    ...artifactsOnly([{ path: name, content: size === 0 ? new Uint8Array() : { file: path }, size, sha256 }]),
    notes: [],
  };
}
