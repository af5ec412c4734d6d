/**
 * Names of entries in Redis: `<prefix>v1:<store id>:c:<key>`, and how to find this store's among all others
 * there.
 *
 * A long key is cut and ends with a hash; the value then holds the whole key. Nothing outside these names is
 * ever read, counted or removed.
 */
import { createHash } from 'node:crypto';
import { literalHead } from '../domain/glob.js';

const KEY_LENGTH_MAX = 200;
const HEAD_LENGTH = 64;
const HASHED = /^[\s\S]{63,64}#[0-9a-f]{64}$/;

export class RedisKeys {
  private readonly root: string;

  constructor(prefix: string, storeId: string) {
    this.root = `${prefix}v1:${storeId}:c:`;
  }

  nameOf(key: string): string {
    if (!this.isHashed(key)) return this.root + key;
    return `${this.root}${headOf(key)}#${createHash('sha256').update(key).digest('hex')}`;
  }

  /** Whether the name does not show the whole key. */
  isHashed(key: string): boolean {
    return key.length > KEY_LENGTH_MAX || HASHED.test(key);
  }

  /** The key of one of this store's names, or null when only its value holds it. */
  keyOf(name: string): string | null {
    const key = name.slice(this.root.length);
    return HASHED.test(key) ? null : key;
  }

  /** A glob of Redis for all names that may belong to a matching key. */
  globOf(pattern: string): string {
    const head = headOf(literalHead(pattern)).slice(0, HEAD_LENGTH - 1);
    const escaped = (this.root + head).replace(/[*?[\]\\^]/g, '\\$&');
    return `${escaped}*`;
  }

  /** Whether a name that `globOf` found belongs to this store. */
  owns(name: string): boolean {
    return name.startsWith(this.root);
  }
}

/** Never half a character, which Redis would receive as another one. */
function headOf(key: string): string {
  return key.slice(0, HEAD_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
