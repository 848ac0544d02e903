import { decodeLatin1 } from '#format';

/** What a pointer of Git LFS says of the content that it stands for. */
export interface LfsPointer {
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
  /** Bytes of the content. */
  readonly size: number;
}

/** Pointers are below it, in bytes, and not much shorter than their two longest lines. */
const MAX_SIZE = 1024;
const MIN_SIZE = 100;
/** Its first line: hawser is what Git LFS was called before its first release. */
const VERSION = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n/;
const OID = /\noid sha256:([0-9a-f]{64})(?:\n|$)/;
const SIZE = /\nsize (\d{1,15})(?:\n|$)/;

/** Whether a file of so many bytes can be a pointer. */
export function isPointerSize(size: number): boolean {
  return size >= MIN_SIZE && size < MAX_SIZE;
}

/**
 * Parses a file's content as a Git LFS pointer; undefined if it is not one
 * (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
 */
export function parseLfsPointer(content: Uint8Array): LfsPointer | undefined {
  if (!isPointerSize(content.length)) return undefined;
  const text = decodeLatin1(content);
  const sha256 = OID.exec(text)?.[1];
  const size = SIZE.exec(text)?.[1];
  if (!VERSION.test(text) || sha256 === undefined || size === undefined) return undefined;
  return { sha256, size: Number(size) };
}
