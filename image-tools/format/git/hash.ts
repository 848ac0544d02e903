import { encodeAscii } from '../bytes/bytes.ts';
import { type ObjectType, TYPE_NAMES } from './object-type.ts';
import type { Oid } from './oid.ts';

/** One running SHA-1. node:crypto's Hash has this shape; a guest brings its own. */
export interface Hash {
  update(bytes: Uint8Array): unknown;
  /** The 20 bytes; the hash is over then. */
  digest(): Uint8Array;
}

/** Starts a SHA-1. */
export interface NewHash {
  (): Hash;
  /** The hash of two pieces, if that can be had for less than a running hash: most objects are small. */
  readonly ofBoth?: (head: Uint8Array, tail: Uint8Array) => Uint8Array;
}

/** What the hash of an object begins with: type, size in bytes, NUL. */
export function encodeObjectPrefix(type: ObjectType, size: number): Uint8Array {
  return encodeAscii(`${TYPE_NAMES[type]} ${size}\0`);
}

/** The id of an object held whole. */
export function hashObject(newHash: NewHash, type: ObjectType, content: Uint8Array): Oid {
  const prefix = encodeObjectPrefix(type, content.length);
  if (newHash.ofBoth !== undefined) return newHash.ofBoth(prefix, content);
  const hash = newHash();
  hash.update(prefix);
  hash.update(content);
  return hash.digest();
}
