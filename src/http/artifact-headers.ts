/**
 * The headers that say what a browser may do with the bytes of an artifact. The bytes are untrusted and
 * served by the server's own origin: types shown in place are a short list of those that no browser runs,
 * everything else is a download in a sandbox, and no script runs in either.
 */
import { parseMediaType } from '../contract/media-type-syntax.js';
import type { RawHeaders } from './raw-headers.js';

const UNKNOWN = 'application/octet-stream';

/** Named one by one: a pattern would let `image/svg+xml`, `video/x+xml` and later types in. */
const INLINE: ReadonlySet<string> = new Set([
  ...['text/plain', 'application/json', 'application/pdf'],
  ...['apng', 'avif', 'bmp', 'gif', 'heic', 'heif', 'jpeg', 'jpg', 'jxl', 'png', 'tiff', 'webp'].map(
    (name) => `image/${name}`,
  ),
  ...['image/vnd.microsoft.icon', 'image/x-icon', 'image/x-ms-bmp'],
  ...['3gpp', 'aac', 'ac3', 'aiff', 'amr', 'basic', 'flac', 'midi', 'mp3', 'mp4', 'mpeg', 'ogg', 'opus'].map(
    (name) => `audio/${name}`,
  ),
  ...['audio/vnd.wave', 'audio/wav', 'audio/wave', 'audio/webm', 'audio/x-aiff', 'audio/x-flac'],
  ...['audio/x-m4a', 'audio/x-wav'],
  ...['3gpp', '3gpp2', 'matroska', 'mp2t', 'mp4', 'mpeg', 'ogg', 'quicktime', 'webm'].map(
    (name) => `video/${name}`,
  ),
  ...['video/x-m4v', 'video/x-matroska', 'video/x-msvideo'],
]);

const SANDBOX = 'sandbox';
/** What a browser's viewers of text, images, audio and video need, and nothing from the bytes. */
const SHOWN = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox";
/** Browsers show no PDF in a sandbox; the scripts of a PDF have no access to its origin. */
const PDF_SHOWN =
  "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * @param stored the stored type: earlier versions and folders copied in may have anything there. What is no
 *   media type is served as bytes of an unknown one.
 */
export function artifactHeaders(stored: string): RawHeaders {
  const type = parseMediaType(stored);
  const headers: RawHeaders = ['Content-Type', type === null ? UNKNOWN : stored];
  headers.push('X-Content-Type-Options', 'nosniff', 'Content-Security-Policy');
  // Some readers take a comma for the end of one header and the beginning of the next, also between quotes.
  if (type === null || !INLINE.has(type.essence) || stored.includes(',')) {
    headers.push(SANDBOX, 'Content-Disposition', 'attachment');
  } else {
    headers.push(type.essence === 'application/pdf' ? PDF_SHOWN : SHOWN);
  }
  return headers;
}
