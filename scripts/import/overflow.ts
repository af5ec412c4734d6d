/**
 * Where text goes that is longer than the server takes in a message or task: whole into an artifact under
 * `long/`, while its beginning and the artifact's path stay where it was. Nothing is lost, and whoever reads
 * the beginning sees that.
 */
import type { DraftArtifact } from './draft.js';
import { sha256Of } from './sha256.js';

export class Overflow {
  readonly artifacts: DraftArtifact[] = [];

  /** The text, or its beginning with a note; at most `bytesMax` bytes of UTF-8, for limits above 1 KiB. */
  text(text: string, bytesMax: number, name: string): string {
    if (text.length * 3 <= bytesMax) return text;
    const bytes = Buffer.from(text);
    if (bytes.length <= bytesMax) return text;
    const path = this.keep(`${name}.txt`, bytes, 'text/plain; charset=utf-8');
    const note = `\n[cut here: all ${bytes.length} bytes are in the artifact ${path}]`;
    return beginning(bytes, bytesMax - Buffer.byteLength(note)) + note;
  }

  /** Keeps a value as JSON; the path of its artifact. */
  json(value: unknown, name: string): string {
    return this.keep(`${name}.json`, Buffer.from(JSON.stringify(value)), 'application/json');
  }

  private keep(name: string, content: Buffer<ArrayBuffer>, contentType: string): string {
    const path = `long/${name}`;
    this.artifacts.push({ path, content, size: content.length, sha256: sha256Of(content), contentType });
    return path;
  }
}

/** The longest beginning of at most `bytesMax` bytes that ends with a whole character. */
function beginning(bytes: Buffer, bytesMax: number): string {
  let end = Math.max(0, bytesMax);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
