/**
 * The bytes of an object on their way out: exactly those that were asked for, or an error.
 *
 * What is read whole is hashed on the way, and the last piece is held back until the hash is right, so that
 * wrong bytes are never taken for the object. Bytes found right are not hashed again while their file stays
 * the same. A range of an unchecked object is preceded by a check of the whole, up to CHECKED_BYTES_MAX.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { Readable } from 'node:stream';
import type { ObjectRange } from '../../ports.js';
import type { OpenedFile } from '../journal/opener.js';

const PIECE_BYTES = 256 * 1024;
const CHECKED_BYTES_MAX = 8 * 1024 * 1024;
/** A file younger than this may change again without a new ctime. */
const RACY_MS = 20;
const KNOWN_MAX = 10_000;

/** Files whose bytes matched their names when they were last read, with the hash; the oldest first. */
const known = new Map<string, string>();

export class ObjectStream extends Readable {
  private at: number;
  private readonly end: number;
  private readonly hash;
  private reading = false;
  private whenIdle: (() => void) | null = null;

  /** Takes the descriptor over. `wrong` makes the error for damaged bytes. */
  constructor(
    private readonly file: OpenedFile,
    private readonly sha256: string,
    range: ObjectRange | undefined,
    private readonly wrong: (what: string) => Error,
  ) {
    super({ highWaterMark: PIECE_BYTES });
    const last = file.stat.size - 1;
    this.at = range?.start ?? 0;
    this.end = range?.end ?? last;
    const isWhole = this.at === 0 && this.end === last;
    this.hash = isWhole && !isKnown(file, sha256) ? createHash('sha256') : null;
  }

  override _construct(done: (error?: Error) => void): void {
    const { size } = this.file.stat;
    if (this.hash !== null || size > CHECKED_BYTES_MAX || isKnown(this.file, this.sha256)) {
      done();
      return;
    }
    this.reading = true;
    hashOf(this.file.fd, size)
      .then((found) => (found === this.sha256 ? undefined : this.wrong('has other bytes')))
      .catch((error: Error) => error)
      .then((error) => {
        this.settle();
        if (error === undefined) remember(this.file, this.sha256);
        done(error);
      });
  }

  override _read(): void {
    if (this.at > this.end) {
      this.push(null);
      return;
    }
    const length = Math.min(PIECE_BYTES, this.end - this.at + 1);
    this.reading = true;
    fs.read(this.file.fd, Buffer.allocUnsafeSlow(length), 0, length, this.at, (error, count, buffer) => {
      this.settle();
      if (error) this.destroy(error);
      else if (count === 0) this.destroy(this.wrong('has become shorter'));
      else this.give(buffer.subarray(0, count));
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const close = (): void => fs.close(this.file.fd, () => done(error));
    // A descriptor closed during a read may already belong to another file.
    if (this.reading) this.whenIdle = close;
    else close();
  }

  private give(bytes: Buffer): void {
    this.at += bytes.length;
    this.hash?.update(bytes);
    if (this.at > this.end && this.hash !== null) {
      if (this.hash.digest('hex') !== this.sha256) {
        this.destroy(this.wrong('has other bytes'));
        return;
      }
      remember(this.file, this.sha256);
    }
    this.push(bytes);
  }

  private settle(): void {
    this.reading = false;
    this.whenIdle?.();
  }
}

/** SHA-256 of the first `size` bytes of an open file, or of a shorter file as a whole, in lower-case hex. */
export async function hashOf(fd: number, size: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(1, size)));
  for (let at = 0; at < size; ) {
    const count = await new Promise<number>((resolve, reject) => {
      fs.read(fd, buffer, 0, Math.min(buffer.length, size - at), at, (error, bytes) =>
        error ? reject(error) : resolve(bytes),
      );
    });
    if (count === 0) break;
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  return hash.digest('hex');
}

function isKnown({ stat }: OpenedFile, sha256: string): boolean {
  return known.get(identityOf(stat)) === sha256;
}

function remember({ stat }: OpenedFile, sha256: string): void {
  if (Date.now() - stat.ctimeMs < RACY_MS) return;
  known.set(identityOf(stat), sha256);
  if (known.size <= KNOWN_MAX) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

function identityOf({ dev, ino, size, ctimeMs }: fs.Stats): string {
  return `${dev} ${ino} ${size} ${ctimeMs}`;
}
