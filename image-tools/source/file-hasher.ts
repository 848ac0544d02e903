import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { encodeAscii, encodeObjectPrefix, OBJECT_BLOB, type Oid } from '#format';
import { identityOf } from '../files/folder-handle.ts';
import type { FolderReader } from '../files/folder-reader.ts';

/** A file that was read once. */
export interface HashedFile {
  readonly oid: Oid;
  readonly size: number;
  /** Whether its owner may execute it. */
  readonly isExecutable: boolean;
}

const BUFFER_SIZE = 0x100000;
/** At least the length of git's header of a blob (`blob SIZE\0`), which is hashed before the content. */
const MAX_PREFIX = 32;

/** Hashes the files below a folder, one at a time, in a buffer of its own. */
export class FileHasher {
  readonly #files: FolderReader;
  readonly #omit: string | undefined;
  readonly #buffer = Buffer.allocUnsafe(MAX_PREFIX + BUFFER_SIZE);

  /** @param omit identity ({@link identityOf}) of a file that is not hashed */
  constructor(files: FolderReader, omit: string | undefined) {
    this.#files = files;
    this.#omit = omit;
  }

  /**
   * Hashes the file at `path`: `changed` if it is no file any more or did not hold still, `omitted` if it is
   * the one to leave out. @throws the system's errors
   */
  hash(path: Uint8Array): HashedFile | 'changed' | 'omitted' {
    const fd = this.#files.openFile(path);
    try {
      const before = fstatSync(fd, { bigint: true });
      if (!before.isFile()) return 'changed';
      if (this.#omit !== undefined && identityOf(before) === this.#omit) return 'omitted';
      const size = Number(before.size);
      const oid = size <= BUFFER_SIZE ? this.#hashSmall(fd, size) : this.#hashLarge(fd, size);
      if (oid === undefined) return 'changed';
      const after = fstatSync(fd, { bigint: true });
      if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) return 'changed';
      return { oid, size, isExecutable: (before.mode & 0o100n) !== 0n };
    } finally {
      closeSync(fd);
    }
  }

  /**
   * The id of a file that fits into the buffer: one call of the hash takes half the time of three.
   * Undefined if the file ends too early.
   */
  #hashSmall(fd: number, size: number): Oid | undefined {
    const prefix = encodeObjectPrefix(OBJECT_BLOB, size);
    const end = prefix.length + size;
    this.#buffer.set(prefix);
    for (let at = prefix.length; at < end; ) {
      const count = readSync(fd, this.#buffer, at, end - at, null);
      if (count === 0) return undefined;
      at += count;
    }
    return encodeAscii(hash('sha1', this.#buffer.subarray(0, end), 'binary'));
  }

  /** The same, in pieces. */
  #hashLarge(fd: number, size: number): Oid | undefined {
    const hash = createHash('sha1').update(encodeObjectPrefix(OBJECT_BLOB, size));
    for (let left = size; left > 0; ) {
      const count = readSync(fd, this.#buffer, 0, Math.min(left, BUFFER_SIZE), null);
      if (count === 0) return undefined;
      hash.update(this.#buffer.subarray(0, count));
      left -= count;
    }
    return hash.digest();
  }
}
