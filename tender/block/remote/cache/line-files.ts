import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type CachedVersion, type CacheFolder, digest } from './cache-folder.ts';

/** Bytes of a line: what is kept, and proves itself, as one. */
export const LINE_BYTES = 16 * 1024;
/** Lines of one file: what is removed as one. */
const FILE_LINES = 256;
const HASH_BYTES = 32;
const TABLE_BYTES = FILE_LINES * HASH_BYTES;
const MOST_OPEN = 16;

const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;

/**
 * Lines of one version of an image, in files of 256. A file begins with a table of hashes: of the version, the line's
 * number and its content. A line without its hash is not there: it was torn, or somebody changed it.
 */
export class LineFiles {
  readonly #cache: CacheFolder;
  readonly #folder: string;
  readonly #key: Buffer;
  readonly #size: number;
  /** In the order of their last use. */
  readonly #open = new Map<number, number>();

  constructor(cache: CacheFolder, address: string, { size, version }: CachedVersion) {
    this.#cache = cache;
    this.#folder = cache.folderOf(address);
    this.#key = digest(address, '\0', version, '\0', String(size));
    this.#size = size;
  }

  #lengthOf(line: number): number {
    return Math.min(LINE_BYTES, this.#size - line * LINE_BYTES);
  }

  #proofOf(line: number, content: Uint8Array): Buffer {
    return digest(this.#key, String(line), '\0', content);
  }

  /** @throws where the file cannot be opened */
  #fdOf(file: number, mayCreate: boolean): number {
    const known = this.#open.get(file);
    if (known !== undefined) {
      this.#open.delete(file);
      // Another process made room: what is written there now is lost.
      if (!mayCreate || fstatSync(known).nlink > 0) {
        this.#open.set(file, known);
        return known;
      }
      closeSync(known);
    }
    if (mayCreate) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${this.#key.toString('hex').slice(0, 40)}-${file}`);
    const fd = openSync(path, O_RDWR | O_NOFOLLOW | (mayCreate ? O_CREAT : 0), 0o600);
    this.#open.set(file, fd);
    for (const [oldest, old] of this.#open) {
      if (this.#open.size <= MOST_OPEN) break;
      this.#open.delete(oldest);
      closeSync(old);
    }
    const now = new Date();
    // The order in which files are removed.
    futimesSync(fd, now, now);
    return fd;
  }

  /** A line that is here, whole and true; undefined otherwise. */
  read(line: number): Uint8Array | undefined {
    const at = line % FILE_LINES;
    const content = Buffer.alloc(this.#lengthOf(line));
    const proof = Buffer.alloc(HASH_BYTES);
    try {
      const fd = this.#fdOf(Math.floor(line / FILE_LINES), false);
      if (readSync(fd, proof, 0, HASH_BYTES, at * HASH_BYTES) !== HASH_BYTES) return undefined;
      const place = TABLE_BYTES + at * LINE_BYTES;
      if (readSync(fd, content, 0, content.length, place) !== content.length) return undefined;
    } catch {
      return undefined;
    }
    return this.#proofOf(line, content).equals(proof) ? content : undefined;
  }

  /** Keeps a line, if there is room. */
  write(line: number, content: Uint8Array): void {
    if (!this.#cache.mayWrite(LINE_BYTES + HASH_BYTES)) return;
    const at = line % FILE_LINES;
    this.#cache.attempt(() => {
      const fd = this.#fdOf(Math.floor(line / FILE_LINES), true);
      // A short write leaves a line that does not prove itself.
      writeSync(fd, content, 0, content.length, TABLE_BYTES + at * LINE_BYTES);
      writeSync(fd, this.#proofOf(line, content), 0, HASH_BYTES, at * HASH_BYTES);
    });
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
